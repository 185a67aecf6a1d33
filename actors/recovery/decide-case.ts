import { transition } from 'xstate';
import { type Case, type CaseState, CLAIMED_STATES } from '../state/case.ts';
import type { CaseStep } from '../state/case-store.ts';
import { CASE_CHANGES } from './case-changes.ts';
import type { CaseEvent, CaseFacts } from './case-event.ts';
import { caseMachine } from './case-machine.ts';

/** What the actor has to do once the decision is written. */
export type CaseEffect = 'look' | 'repair';

export interface Decision {
  /** The very same object when the event changes nothing. */
  readonly next: Case;
  readonly effects: readonly CaseEffect[];
  /** Undefined when nothing happened that is worth remembering. */
  readonly step: CaseStep | undefined;
}

/** Until somebody who works on a case is taken for gone, even if nobody noticed how. */
const CLAIM_MS = 5 * 60_000;

/**
 * What becomes of a case by an event. Pure; nothing has happened before the decision is written, with the rev that `current`
 * has. A closed case that is detected again becomes a new one: see openCase.
 */
export function decideCase(current: Case, event: CaseEvent, facts: CaseFacts): Decision {
  const snapshot = caseMachine.resolveState({ value: current.state, context: { case: current, facts } });
  const [after, actions] = transition(caseMachine, snapshot, event);
  const state: CaseState = after.value;
  const names = actions.map(({ type }) => type);
  let next = names.reduce((changed, name) => CASE_CHANGES[name]?.(changed, event, facts) ?? changed, current);
  if (state !== current.state) {
    next = { ...next, state };
    if (CLAIMED_STATES.has(state)) {
      next = { ...next, dueMs: facts.nowMs + CLAIM_MS };
    }
  }
  return {
    next,
    effects: names.filter((name) => name === 'look' || name === 'repair'),
    step: state === current.state && !isWorthKeeping(event) ? undefined : describeStep(current, next, event),
  };
}

function isWorthKeeping({ type }: CaseEvent): boolean {
  return type.startsWith('op') || type === 'equal' || type === 'bothAbsent';
}

/** A delete that may have been done, until it is told that it was not; both stand in the history, and are counted there. */
export const DELETE_BEGUN = 'deleting';
export const DELETE_UNDONE = 'kept';

/** Of an owner that was asked: nothing was written. */
const NOTHING_DONE: ReadonlySet<string> = new Set<CaseEvent['type']>([
  'equal',
  'bothAbsent',
  'diff',
  'guardLost',
  'unreached',
  'circuitOpen',
  'writeBlocked',
  'writePermanent',
]);

function describeStep(current: Case, next: Case, event: CaseEvent): CaseStep {
  if ('order' in event) {
    return { event: event.type, by: event.order.by, note: event.order.reason };
  }
  const before = event.type === 'writeOk' ? event.answer.before : undefined;
  return { event: nameStep(current, next, event), by: 'recovery', note: next.reason ?? '', before };
}

function nameStep(current: Case, next: Case, event: CaseEvent): string {
  if (next.state === 'repairing' && next.kind === 'extra') {
    return DELETE_BEGUN;
  }
  if (current.state === 'repairing' && current.kind === 'extra' && NOTHING_DONE.has(event.type)) {
    return DELETE_UNDONE;
  }
  return event.type === 'writeOk' && event.answer.outcome === 'deleted' ? 'deleted' : event.type;
}
