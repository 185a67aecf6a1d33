import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseEvent, CaseFacts } from '../../actors/recovery/case-event.ts';
import { decideCase } from '../../actors/recovery/decide-case.ts';
import { type Case, CLAIMED_STATES } from '../../actors/state/case.ts';
import type { CaseOrderVerb } from '../../actors/state/case-store.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { MISMATCH_KINDS } from '../../protocol/verify/mismatch.ts';
import { aCase, aDetection, anOrder, facts, NOW_MS } from '../support/build-case.ts';
import { propertySeed } from '../support/property-seed.ts';

const DIGEST = fc.constantFrom('a', 'b', null);
const DIFFERENCE = fc.record({
  kind: fc.constantFrom(...MISMATCH_KINDS),
  columns: fc.constantFrom([], ['name']),
  sourceDigest: DIGEST,
  targetDigest: DIGEST,
});
const CODE = fc.constantFrom<ErrorCode>('ERG_5001', 'ERG_3301', 'ERG_9000');
const ANSWER = { outcome: 'written', message: '', columns: [], targetDigest: 'b', sourceDigest: 'a' } as const;

const BY_ITSELF: fc.Arbitrary<CaseEvent> = fc.oneof(
  fc.record({ difference: DIFFERENCE, offset: fc.integer({ min: 80, max: 200 }) }).map(
    ({ difference, offset }): CaseEvent => ({
      type: 'detected',
      mismatch: { ...aDetection({ offset: BigInt(offset) }), ...difference },
    }),
  ),
  fc.bigInt(80n, 200n).map((offset): CaseEvent => ({ type: 'cleared', topicEpoch: 0, offset })),
  DIFFERENCE.map((difference): CaseEvent => ({ type: 'diff', difference })),
  CODE.map((code): CaseEvent => ({ type: 'readError', error: new ReplicationError(code, 'unreadable') })),
  fc.bigInt(90n, 210n).map((seq): CaseEvent => ({ type: 'writeOk', answer: { ...ANSWER, seq: String(seq) } })),
  fc.constantFrom<CaseEvent>(
    { type: 'due' },
    { type: 'due' },
    { type: 'due' },
    { type: 'circuitOpen', outageId: 3n, reason: 'ERG_3011: away' },
    { type: 'outageRelease' },
    { type: 'recalled' },
    { type: 'leaseLost' },
    { type: 'equal' },
    { type: 'bothAbsent' },
    { type: 'moved' },
    { type: 'replayed' },
    { type: 'guardLost' },
    { type: 'unreached', reason: 'ERG_6101: nobody' },
    { type: 'writeTransient', reason: 'ERG_3002: later' },
    { type: 'writeBlocked', reason: 'ERG_3206: no parent' },
    { type: 'writePermanent', reason: 'ERG_3101: never' },
  ),
);

const OF_PEOPLE: fc.Arbitrary<CaseEvent> = fc
  .constantFrom<[CaseEvent['type'] & `op${string}`, CaseOrderVerb]>(
    ['opRecheck', 'recheck'],
    ['opRepair', 'repair'],
    ['opAck', 'ignore'],
    ['opUnack', 'unignore'],
    ['opAbandon', 'abandon'],
    ['opReplay', 'replay'],
  )
  .map(([type, verb]) => ({ type, order: anOrder({ verb }) }));

const KIND = fc.constantFrom<Case['kind']>('different', 'extra', 'missing', 'opaque');
const ANY = fc.oneof({ weight: 6, arbitrary: BY_ITSELF }, { weight: 1, arbitrary: OF_PEOPLE });
const RANDOM = fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100);

function factsOf(random: number, fields: Partial<CaseFacts> = {}): CaseFacts {
  return facts({ random: () => random, ...fields });
}

function follow(start: Case, events: readonly CaseEvent[], given: CaseFacts): readonly Case[] {
  const passed: Case[] = [start];
  for (const event of events) {
    const current = passed.at(-1);
    if (current !== undefined && current.state !== 'closed') {
      passed.push(decideCase(current, event, given).next);
    }
  }
  return passed;
}

describe('a case, whatever happens to it', () => {
  test('always has a time, waits for a shard, or is closed with a reason', () => {
    fc.assert(
      fc.property(KIND, fc.array(ANY, { maxLength: 60 }), RANDOM, (kind, events, random) => {
        for (const one of follow(aCase({ kind }), events, factsOf(random))) {
          expect(one.state === 'closed' ? one.end !== null : one.end === null).toBe(true);
          expect(one.dueMs === null).toBe(one.state === 'closed' || one.state === 'held');
          expect(one.outageId !== null).toBe(one.state === 'held');
        }
      }),
      propertySeed(),
    );
  });

  test('is tried at most as often as the settings allow, between two orders of a person', () => {
    fc.assert(
      fc.property(KIND, fc.array(BY_ITSELF, { maxLength: 120 }), RANDOM, (kind, events, random) => {
        const passed = follow(aCase({ kind }), events, factsOf(random));
        expect(Math.max(...passed.map(({ attempts }) => attempts))).toBeLessThanOrEqual(facts().settings.maxAttempts);
      }),
      propertySeed(),
    );
  });

  test('never knows less of the log than before, and is asked to be repaired only after a look', () => {
    fc.assert(
      fc.property(KIND, fc.array(ANY, { maxLength: 60 }), RANDOM, (kind, events, random) => {
        let current = aCase({ kind });
        for (const event of events) {
          const { next, effects } = decideCase(current, event, factsOf(random));
          expect(next.offset).toBeGreaterThanOrEqual(current.offset);
          expect(effects.includes('repair')).toBe(current.state === 'checking' && next.state === 'repairing');
          if (effects.includes('repair')) {
            expect(event.type).toBe('diff');
          }
          if (next.state === 'closed') {
            return;
          }
          current = next;
        }
      }),
      propertySeed(),
    );
  });

  test('of a pipeline that observes, or of a stopped table, is never repaired by itself', () => {
    const given = fc.constantFrom<Partial<CaseFacts>>(
      { settings: { ...facts().settings, mode: 'observe' } },
      { stopOf: () => 'many rows' },
    );
    fc.assert(
      fc.property(given, fc.array(BY_ITSELF, { maxLength: 60 }), (fields, events) => {
        const passed = follow(aCase(), events, facts(fields));
        expect(passed.filter(({ state }) => state === 'repairing')).toEqual([]);
      }),
      propertySeed(),
    );
  });

  test('is closed in the end without any person, once its row is right and nothing fails any more', () => {
    fc.assert(
      fc.property(KIND, fc.array(ANY, { maxLength: 60 }), RANDOM, (kind, events, random) => {
        let current = follow(aCase({ kind }), events, factsOf(random)).at(-1) ?? aCase();
        for (let nowMs = NOW_MS; current.state !== 'closed'; nowMs = Math.max(nowMs, current.dueMs ?? nowMs)) {
          expect(nowMs - NOW_MS).toBeLessThan(40 * 24 * 3_600_000);
          current = goWell(current, factsOf(random, { nowMs }));
        }
      }),
      propertySeed(),
    );
  });
});

/** What an actor does with a case whose time has come, when the row is right and everything answers. */
function goWell(current: Case, given: CaseFacts): Case {
  if (current.state === 'held') {
    return decideCase(current, { type: 'outageRelease' }, given).next;
  }
  if (CLAIMED_STATES.has(current.state)) {
    const seen: CaseEvent =
      current.kind === 'opaque' && current.state === 'checking' ? { type: 'replayed' } : { type: 'equal' };
    return decideCase(current, seen, given).next;
  }
  const { next, effects } = decideCase(current, { type: 'due' }, given);
  return effects.includes('look') && !CLAIMED_STATES.has(next.state)
    ? decideCase(next, { type: current.kind === 'opaque' ? 'replayed' : 'equal' }, given).next
    : next;
}
