/** What the named actions of the case machine change in a case; pure. Those that follow each other see what came before. */
import type { Case, CaseEnd } from '../state/case.ts';
import type { CaseEvent, CaseFacts } from './case-event.ts';
import {
  chooseMovingDelayMs,
  chooseQuarantineDelayMs,
  chooseRetryDelayMs,
  DAY_MS,
  isHot,
  jitter,
  judgeDifference,
  seeDifference,
} from './case-policy.ts';
import { isProven, mergeEvidence } from './merge-evidence.ts';

type CaseChange = (current: Case, event: CaseEvent, facts: CaseFacts) => Case;

/** Of an order to ignore that names no end. */
const IGNORE_MS = 30 * DAY_MS;
const OFFSETS = 2n ** 48n;

export const CASE_CHANGES: Readonly<Record<string, CaseChange>> = {
  merge: (current, event, { nowMs }) =>
    event.type === 'detected' ? mergeEvidence(current, event.mismatch, nowMs) : current,
  see: (current, event, { nowMs }) =>
    event.type === 'diff' ? seeDifference(current, event.difference, nowMs) : current,
  move,
  charge: (current) => ({ ...current, attempts: current.attempts + 1 }),
  refund: (current) => ({ ...current, attempts: Math.max(0, current.attempts - 1) }),
  postpone: (current, _event, facts) => {
    const { reason, dueMs } = judgeDifference(current, facts);
    return { ...current, reason, dueMs };
  },
  retry: (current, event, facts) => ({
    ...current,
    reason: reasonOf(event) ?? current.reason,
    lastSeenMs: readMsOf(event) ?? current.lastSeenMs,
    dueMs: facts.nowMs + chooseRetryDelayMs(current.attempts, facts),
  }),
  retryLooking: (current, event, facts) => ({
    ...current,
    reason: reasonOf(event) ?? current.reason,
    lastSeenMs: readMsOf(event) ?? current.lastSeenMs,
    dueMs: facts.nowMs + jitter(facts.settings.checkAfter, facts),
  }),
  loseRace: (current, _event, facts) => {
    const lost = { ...current, lostRaces: current.lostRaces + 1 };
    return {
      ...lost,
      reason: isHot(lost) ? `ERG_5107: the row has changed at ${lost.lostRaces} looks` : current.reason,
      dueMs: facts.nowMs + chooseMovingDelayMs(lost, facts),
    };
  },
  hold: (current, event) =>
    event.type === 'circuitOpen'
      ? { ...current, outageId: event.outageId, reason: event.reason, dueMs: null }
      : current,
  release: (current) => ({ ...current, outageId: null, reason: null }),
  noteRepair,
  assumeRepair: (current, _event, facts) => ({
    ...current,
    ordered: null,
    repairedMs: facts.nowMs,
    repairOffset: current.offset,
    dueMs: facts.nowMs + facts.settings.reverifyAfter,
  }),
  rearm: (current, event, facts) => ({
    ...current,
    reason: reasonOf(event) ?? current.reason,
    dueMs: facts.nowMs + jitter(facts.settings.checkAfter, facts),
  }),
  /** Who found it before its repair, and when that was proven, says nothing of why it is wrong now. */
  relapse: (current, event, { nowMs }) => ({
    ...current,
    relapses: current.relapses + 1,
    foundBy: event.type === 'detected' ? event.mismatch.foundBy : current.foundBy,
    confirmedMs: event.type === 'detected' && isProven(event.mismatch) ? nowMs : null,
  }),
  quarantine: (current, event, facts) => ({
    ...current,
    ordered: null,
    reason: reasonOf(event) ?? judgeDifference(current, facts).reason,
    dueMs: facts.nowMs + chooseQuarantineDelayMs(facts),
  }),
  nextLook: (current, _event, facts) => ({ ...current, dueMs: facts.nowMs + chooseQuarantineDelayMs(facts) }),
  countClearedLook: (current, _event, facts) => ({
    ...current,
    clearedLooks: current.clearedLooks + 1,
    dueMs: facts.nowMs + jitter(facts.settings.checkAfter, facts),
  }),
  lookNow: (current, _event, { nowMs }) => ({ ...current, dueMs: nowMs }),
  order: (current, event) => ({
    ...current,
    ordered: event.type === 'opRepair' ? (event.order.mayDelete ? 'delete' : 'repair') : null,
    runId: 'order' in event ? event.order.runId : current.runId,
    attempts: 0,
    lostRaces: 0,
    clearedLooks: 0,
  }),
  acknowledge: (current, event, { nowMs }) => ({
    ...current,
    ordered: null,
    outageId: null,
    reason: 'order' in event ? event.order.reason : current.reason,
    dueMs: ('order' in event ? event.order.untilMs : null) ?? nowMs + IGNORE_MS,
  }),
  giveUp: (current, event, facts) => ({
    ...current,
    ordered: null,
    outageId: null,
    reason: 'order' in event ? event.order.reason : current.reason,
    dueMs: facts.nowMs + chooseQuarantineDelayMs(facts),
  }),
  await: (current, _event, facts) => ({
    ...current,
    ordered: null,
    dueMs: facts.nowMs + jitter(facts.settings.checkAfter, facts),
  }),
  endHealed: end('healed'),
  endVanished: end('vanished'),
  endVerified: end('verified'),
  endCleared: end('cleared'),
  endReplayed: end('replayed'),
  endAbandoned: end('abandoned'),
};

/**
 * Evidence that is newer than the repair makes the proof come sooner. The owner has seen the row wrong with nothing of it on its
 * way; the look before it did not wait for that, so that it proves nothing while the sink makes up for an outage.
 */
function noteRepair(current: Case, event: CaseEvent, facts: CaseFacts): Case {
  if (event.type !== 'writeOk') {
    return current;
  }
  const { seq, columns, sourceDigest, targetDigest } = event.answer;
  const repairOffset = seq === undefined ? current.offset : BigInt(seq) % OFFSETS;
  const { reverifyAfter, checkAfter } = facts.settings;
  return {
    ...current,
    columns: columns.length > 0 ? columns : current.columns,
    sourceDigest,
    targetDigest,
    ordered: null,
    confirmedMs: current.confirmedMs ?? facts.nowMs,
    lostRaces: 0,
    extraSinceMs: null,
    repairedMs: facts.nowMs,
    repairOffset,
    reason: null,
    dueMs: facts.nowMs + (current.offset > repairOffset ? Math.min(checkAfter, reverifyAfter) : reverifyAfter),
  };
}

/** What is known of the log is of the old partition: any report of the new one is newer. */
function move(current: Case, event: CaseEvent, { nowMs }: CaseFacts): Case {
  if (event.type !== 'elsewhere') {
    return current;
  }
  const { partition } = event;
  return {
    ...current,
    partition,
    offset: 0n,
    isOwnerUnknown: false,
    attempts: 0,
    lostRaces: 0,
    clearedLooks: 0,
    reason: `ERG_5112: its changes are in partition ${partition} now, not in ${current.partition}`,
    dueMs: nowMs,
  };
}

function end(how: CaseEnd): CaseChange {
  return (current) => ({ ...current, end: how, dueMs: null, outageId: null, ordered: null });
}

function readMsOf(event: CaseEvent): number | undefined {
  return event.type === 'readError' ? event.readMs : undefined;
}

/** What the event says of why; undefined when it says nothing. */
function reasonOf(event: CaseEvent): string | undefined {
  switch (event.type) {
    case 'readError':
      return event.error.message;
    case 'writeBlocked':
    case 'writeTransient':
    case 'writePermanent':
    case 'unreached':
    case 'circuitOpen':
      return event.reason;
    case 'leaseLost':
    case 'due':
      return 'ERG_5109: whoever worked on it has ended';
    default:
      return undefined;
  }
}
