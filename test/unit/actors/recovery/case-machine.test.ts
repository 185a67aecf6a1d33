import { describe, expect, test } from 'vitest';
import type { CaseEvent } from '../../../../actors/recovery/case-event.ts';
import { caseMachine } from '../../../../actors/recovery/case-machine.ts';
import { decideCase } from '../../../../actors/recovery/decide-case.ts';
import { CASE_STATES, type Case, type CaseState } from '../../../../actors/state/case.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { aCase, aDetection, anOrder, facts } from '../../../support/build-case.ts';

const DIFFERENCE = { kind: 'different', columns: ['name'], sourceDigest: 'a', targetDigest: 'b' } as const;
const ANSWER = {
  outcome: 'written',
  message: '',
  columns: ['name'],
  targetDigest: 'b',
  sourceDigest: 'a',
  seq: '150',
} as const;

const EVENTS: Readonly<Record<CaseEvent['type'], CaseEvent>> = {
  detected: { type: 'detected', mismatch: aDetection() },
  cleared: { type: 'cleared', topicEpoch: 0, offset: 100n },
  due: { type: 'due' },
  recalled: { type: 'recalled' },
  circuitOpen: { type: 'circuitOpen', outageId: 3n, reason: 'ERG_3011: away' },
  outageRelease: { type: 'outageRelease' },
  leaseLost: { type: 'leaseLost' },
  equal: { type: 'equal' },
  bothAbsent: { type: 'bothAbsent' },
  diff: { type: 'diff', difference: DIFFERENCE },
  moved: { type: 'moved' },
  elsewhere: { type: 'elsewhere', partition: 3 },
  readError: { type: 'readError', error: new ReplicationError('ERG_5001', 'away') },
  replayed: { type: 'replayed' },
  writeOk: { type: 'writeOk', answer: ANSWER },
  guardLost: { type: 'guardLost' },
  unreached: { type: 'unreached', reason: 'ERG_6101: nobody' },
  writeBlocked: { type: 'writeBlocked', reason: 'ERG_3206: no parent' },
  writeTransient: { type: 'writeTransient', reason: 'ERG_3002: later' },
  writePermanent: { type: 'writePermanent', reason: 'ERG_3101: never' },
  opRecheck: { type: 'opRecheck', order: anOrder({ verb: 'recheck' }) },
  opRepair: { type: 'opRepair', order: anOrder() },
  opAck: { type: 'opAck', order: anOrder({ verb: 'ignore' }) },
  opUnack: { type: 'opUnack', order: anOrder({ verb: 'unignore' }) },
  opAbandon: { type: 'opAbandon', order: anOrder({ verb: 'abandon' }) },
  opReplay: { type: 'opReplay', order: anOrder({ verb: 'replay' }) },
};

type Columns = Readonly<Record<CaseState, string>>;

/**
 * Where a case of a row goes that has not been tried yet, by state and event. '-': nothing changes, not even the case.
 * 'self': it stays where it is, and something in it changes.
 */
const TABLE = readTable(`
               | waiting     checking    held        repairing   retryWait   repaired    reverifying quarantined suppressed closed
detected       | self        self        self        self        self        waiting     self        self        self       waiting
cleared        | closed      -           closed      -           closed      -           -           self        closed     -
due            | checking    retryWait   -           retryWait   checking    reverifying repaired    self        waiting    -
recalled       | self        -           -           -           self        self        -           self        -          -
circuitOpen    | held        held        -           held        held        self        repaired    self        -          -
outageRelease  | -           -           checking    -           -           -           -           -           -          -
leaseLost      | -           retryWait   -           retryWait   -           -           repaired    -           -          -
equal          | -           closed      -           closed      -           -           closed      self        -          -
bothAbsent     | -           closed      -           closed      -           -           closed      self        -          -
diff           | -           repairing   -           retryWait   -           -           retryWait   self        -          -
moved          | -           retryWait   -           -           -           -           repaired    -           -          -
elsewhere      | -           waiting     -           -           -           -           waiting     waiting     -          -
readError      | -           retryWait   -           -           -           -           repaired    -           -          -
replayed       | -           closed      -           -           -           -           -           closed      -          -
writeOk        | -           -           -           repaired    -           -           -           -           -          -
guardLost      | -           -           -           retryWait   -           -           -           -           -          -
unreached      | -           -           -           retryWait   -           -           -           -           -          -
writeBlocked   | -           -           -           retryWait   -           -           -           -           -          -
writeTransient | -           -           -           retryWait   -           -           -           -           -          -
writePermanent | -           -           -           quarantined -           -           -           -           -          -
opRecheck      | self        -           -           -           self        self        -           self        -          -
opRepair       | checking    -           checking    -           checking    -           -           checking    -          -
opAck          | suppressed  -           suppressed  -           suppressed  -           -           suppressed  -          -
opUnack        | -           -           -           -           -           -           -           -           waiting    -
opAbandon      | quarantined -           quarantined -           quarantined -           -           closed      -          -
opReplay       | -           -           -           -           -           -           -           -           -          -
`);

const PAIRS = CASE_STATES.flatMap((state) =>
  Object.values(EVENTS).map(({ type }): [CaseState, CaseEvent['type']] => [state, type]),
);

describe('a case', () => {
  test('the table names every event, and the machine knows no other', () => {
    expect(Object.keys(TABLE).sort()).toEqual(Object.keys(EVENTS).sort());
    expect(new Set(caseMachine.events)).toEqual(new Set(Object.keys(EVENTS)));
    expect(Object.keys(caseMachine.states).sort()).toEqual([...CASE_STATES].sort());
  });

  test.each(PAIRS)('in %s goes where the table says when something happens: %s', (state, type) => {
    const event = EVENTS[type];
    const current = inState(state);
    const { next } = decideCase(current, event, facts());
    const where = next === current ? '-' : next.state === state ? 'self' : next.state;
    expect(where).toBe(TABLE[event.type]?.[state]);
  });

  test.each(CASE_STATES)('in %s has a time or a way out, whatever happens', (state) => {
    for (const event of Object.values(EVENTS)) {
      const { next } = decideCase(inState(state), event, facts());
      if (next.state === 'closed') {
        expect(next).toMatchObject({ dueMs: null, end: expect.any(String) });
      } else if (next.state === 'held') {
        expect(next.outageId).toBe(3n);
      } else if (state !== 'closed') {
        expect(next.dueMs).toBeGreaterThanOrEqual(facts().nowMs);
      }
    }
  });

  test.each(CASE_STATES)('in %s is acted upon when it enters a state in which somebody works on it', (state) => {
    for (const event of Object.values(EVENTS)) {
      const { next, effects } = decideCase(inState(state), event, facts());
      const isLookedAt = next.state !== state && (next.state === 'checking' || next.state === 'reverifying');
      const isDailyLook = state === 'quarantined' && event.type === 'due';
      expect(effects.includes('look')).toBe(isLookedAt || isDailyLook);
      expect(effects.includes('repair')).toBe(next.state === 'repairing' && state !== 'repairing');
    }
  });
});

/** As a case gets there by itself. */
function inState(state: CaseState): Case {
  const later = facts().nowMs + 1;
  switch (state) {
    case 'held':
      return aCase({ state, dueMs: null, outageId: 3n, reason: 'ERG_3011: away' });
    case 'repairing':
      return aCase({ state, dueMs: later, attempts: 1 });
    case 'repaired':
    case 'reverifying':
      return aCase({ state, dueMs: later, attempts: 1, repairedMs: facts().nowMs - 1, repairOffset: 150n });
    case 'closed':
      return aCase({ state, dueMs: null, end: 'healed' });
    default:
      return aCase({ state, dueMs: later });
  }
}

function readTable(text: string): Readonly<Partial<Record<string, Columns>>> {
  const [head = '', ...lines] = text.trim().split('\n');
  const states = head.replace('|', '').trim().split(/ +/);
  return Object.fromEntries(
    lines.map((line) => {
      const [event = '', cells = ''] = line.split('|').map((part) => part.trim());
      const entries = cells.split(/ +/).map((cell, index) => [states[index], cell]);
      return [event, Object.fromEntries(entries) as Columns]; // one column for each state, as the head says
    }),
  );
}
