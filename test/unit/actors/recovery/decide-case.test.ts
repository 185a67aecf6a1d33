import { describe, expect, test } from 'vitest';
import type { CaseEvent, CaseFacts } from '../../../../actors/recovery/case-event.ts';
import { decideCase } from '../../../../actors/recovery/decide-case.ts';
import { openCase } from '../../../../actors/recovery/open-case.ts';
import type { Case } from '../../../../actors/state/case.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { MismatchKind } from '../../../../protocol/verify/mismatch.ts';
import { aCase, aDetection, anOrder, facts, MINUTE_MS, NOW_MS } from '../../../support/build-case.ts';

const { settings } = facts();
const OBSERVE: Partial<CaseFacts> = { settings: { ...settings, mode: 'observe' } };

function diff(kind: MismatchKind = 'different'): CaseEvent {
  return {
    type: 'diff',
    difference: { kind, columns: kind === 'different' ? ['name'] : [], sourceDigest: 'a', targetDigest: 'c' },
  };
}

function decide(current: Partial<Case>, event: CaseEvent, given: Partial<CaseFacts> = {}): Case {
  return decideCase(aCase(current), event, facts(given)).next;
}

const checking = (fields: Partial<Case> = {}): Partial<Case> => ({ state: 'checking', ...fields });

describe('when a look confirms a difference', () => {
  test('the repair counts before it is asked for', () => {
    expect(decide(checking({ attempts: 1 }), diff())).toMatchObject({
      state: 'repairing',
      attempts: 2,
      targetDigest: 'c',
    });
  });

  test.each([
    ['repairs are used up', checking({ attempts: 5 }), {}, 'ERG_5102'],
    ['nothing tells who owns the row', checking({ isOwnerUnknown: true }), {}, 'ERG_5111'],
    ['… even when it is ordered', checking({ isOwnerUnknown: true, ordered: 'repair' }), {}, 'ERG_5111'],
    ['it has relapsed three times', checking({ relapses: 3 }), {}, 'ERG_5106'],
  ])('a person has to act when %s', (_, current, given, code) => {
    const next = decide(current, diff(), given);
    expect(next).toMatchObject({ state: 'quarantined', dueMs: NOW_MS + 24 * 60 * MINUTE_MS });
    expect(next.reason).toMatch(code);
  });

  test('nothing is repaired where another tool writes the target, not what was ordered before either', () => {
    for (const ordered of ['repair', 'delete'] as const) {
      const next = decide(checking({ ordered }), diff('extra'), { apply: false });
      expect(next).toMatchObject({ state: 'retryWait', attempts: 0, reason: expect.stringContaining('ERG_5113') });
    }
  });

  test('what a person has ordered is repaired although the pipeline observes, the table is stopped and it has relapsed', () => {
    const ordered = checking({ ordered: 'repair', relapses: 3 });
    expect(decide(ordered, diff(), { ...OBSERVE, stopOf: () => 'many rows' }).state).toBe('repairing');
  });

  test('it waits while its table is stopped, however often it was repaired', () => {
    const wrong = checking({ attempts: 5, relapses: 3, firstSeenMs: NOW_MS - 20 * MINUTE_MS });
    const next = decide(wrong, diff(), { stopOf: () => 'many rows' });
    expect(next).toMatchObject({ state: 'retryWait', attempts: 5, dueMs: NOW_MS + 20 * MINUTE_MS });
    expect(next.reason).toMatch('ERG_5103: many rows');
    expect(decide({ ...next, state: 'checking' }, diff()).state).toBe('quarantined');
  });

  test.each([
    [5, 5],
    [20, 20],
    [200, 80],
  ])('a pipeline that observes looks at a row that is %i minutes old again after %i', (age, minutes) => {
    const next = decide(checking({ firstSeenMs: NOW_MS - age * MINUTE_MS }), diff(), OBSERVE);
    expect(next).toMatchObject({ state: 'retryWait', attempts: 0, dueMs: NOW_MS + minutes * MINUTE_MS });
    expect(next.reason).toMatch('ERG_5104');
  });
});

describe('a row of which nobody knows whose it is', () => {
  const guessed = checking({ isOwnerUnknown: true });

  test('is told as such when its case is opened', () => {
    const opened = openCase(aDetection({ isOwnerUnknown: true }), { pipeline: 'orders', facts: facts() });
    expect(opened).toMatchObject({ state: 'waiting', isOwnerUnknown: true });
  });

  test.each([null, 'repair', 'delete'] as const)('is not repaired when it is really wrong, ordered: %s', (ordered) => {
    const next = decide({ ...guessed, ordered }, diff());
    expect(next).toMatchObject({ state: 'quarantined', attempts: 0 });
    expect(next.reason).toMatch('ERG_5111');
  });

  test('is healed as any other', () => {
    expect(decide(guessed, { type: 'equal' })).toMatchObject({ state: 'closed', end: 'healed' });
  });

  test('is looked at again, and repaired, when a change of it tells its partition', () => {
    const quarantined: Partial<Case> = { ...guessed, state: 'quarantined' };
    const told = decide(quarantined, { type: 'detected', mismatch: aDetection() });
    expect(told).toMatchObject({ state: 'waiting', isOwnerUnknown: false });
    expect(decide({ ...told, state: 'checking' }, diff()).state).toBe('repairing');
    const again = decide(quarantined, { type: 'detected', mismatch: aDetection({ isOwnerUnknown: true }) });
    expect(again).toMatchObject({ state: 'quarantined', isOwnerUnknown: true });
  });
});

describe('a row that only the target has', () => {
  test('is not deleted by the look that finds it extra first', () => {
    const next = decide(checking({ kind: 'different' }), diff('extra'));
    expect(next).toMatchObject({ state: 'retryWait', kind: 'extra', extraSinceMs: NOW_MS, attempts: 0 });
    expect(next.dueMs).toBe(NOW_MS + 2 * MINUTE_MS);
  });

  test('is deleted when two minutes lie between two looks that found it', () => {
    const extra = checking({ kind: 'extra', extraSinceMs: NOW_MS - 2 * MINUTE_MS });
    expect(decide(extra, diff('extra')).state).toBe('repairing');
  });

  test('is counted from anew when a look between them found the source row', () => {
    const seen = decide({ state: 'quarantined', kind: 'extra', extraSinceMs: NOW_MS - MINUTE_MS }, diff('different'));
    expect(seen.extraSinceMs).toBeNull();
  });

  test('needs a person when the deletes of the hour are used up', () => {
    const next = decide(checking({ kind: 'extra', extraSinceMs: 0 }), diff('extra'), { deletesLeft: 0 });
    expect(next.state).toBe('quarantined');
    expect(next.reason).toMatch('ERG_5105');
  });

  test('is deleted at once by an order that allows it, and by no other', () => {
    expect(decide(checking({ ordered: 'delete' }), diff('extra'), { deletesLeft: 0 }).state).toBe('repairing');
    expect(decide(checking({ ordered: 'repair', extraSinceMs: 0 }), diff('extra')).state).toBe('quarantined');
  });

  test('is not deleted when its owner was the first to find it extra', () => {
    const next = decide({ state: 'repairing', kind: 'different', attempts: 1 }, diff('extra'));
    expect(next).toMatchObject({ state: 'retryWait', attempts: 0, extraSinceMs: NOW_MS });
  });
});

describe('a repair', () => {
  test.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 80],
    [9, 80],
  ])('that failed for the %i. time is followed by a look after %i minutes', (attempts, minutes) => {
    const next = decide({ state: 'repairing', attempts }, { type: 'writeTransient', reason: 'ERG_3002: later' });
    expect(next).toMatchObject({ state: 'retryWait', attempts, dueMs: NOW_MS + minutes * MINUTE_MS });
  });

  test.each([
    [0, 4],
    [0.999_999, 6],
  ])('waits a fifth less or more, so that many do not come together again', (random, minutes) => {
    const { dueMs } = decide({ state: 'repairing' }, { type: 'leaseLost' }, { random: () => random });
    expect(Math.round((Number(dueMs) - NOW_MS) / MINUTE_MS)).toBe(minutes);
  });

  test('that has deleted a row stands in the history with the row as it was', () => {
    const answer = {
      outcome: 'deleted',
      message: '',
      columns: [],
      targetDigest: 'b',
      sourceDigest: null,
      before: { id: '1' },
    } as const;
    const { step } = decideCase(aCase({ state: 'repairing', kind: 'extra' }), { type: 'writeOk', answer }, facts());
    expect(step).toEqual({ event: 'deleted', by: 'recovery', note: '', before: { id: '1' } });
  });

  test('that a newer write was faster than does not count', () => {
    expect(decide({ state: 'repairing', attempts: 3 }, { type: 'guardLost' })).toMatchObject({
      attempts: 2,
      lostRaces: 1,
    });
  });

  test('that nobody was asked for does not count', () => {
    const next = decide({ state: 'repairing', attempts: 3 }, { type: 'unreached', reason: 'ERG_6101: nobody' });
    expect(next).toMatchObject({ state: 'retryWait', attempts: 2, lostRaces: 0, reason: 'ERG_6101: nobody' });
  });

  test('is proven half an hour later, sooner when the row has been reported since', () => {
    const answer = { outcome: 'written', message: '', columns: [], targetDigest: 'b', sourceDigest: 'a' } as const;
    const written = (seq: string): CaseEvent => ({ type: 'writeOk', answer: { ...answer, seq } });
    expect(decide({ state: 'repairing' }, written('100')).dueMs).toBe(NOW_MS + 30 * MINUTE_MS);
    expect(decide({ state: 'repairing' }, written('99')).dueMs).toBe(NOW_MS + 5 * MINUTE_MS);
    expect(decide({ state: 'repairing' }, written(String(2n ** 48n * 3n + 120n))).repairOffset).toBe(120n);
  });

  test('of a row that only the target had, and has no more, deleted nothing', () => {
    const { step } = decideCase(aCase({ state: 'repairing', kind: 'extra' }), { type: 'bothAbsent' }, facts());
    expect(step).toMatchObject({ event: 'kept' });
  });

  test('whose answer never came is proven as well, instead of being taken for none', () => {
    expect(decide(checking({ attempts: 1 }), { type: 'equal' })).toMatchObject({
      state: 'repaired',
      repairedMs: NOW_MS,
    });
  });

  test('that has not held counts, and the third time a person has to act', () => {
    const once = decide({ state: 'reverifying', attempts: 1 }, diff());
    expect(once).toMatchObject({ state: 'retryWait', relapses: 1 });
    const thrice = decide({ state: 'reverifying', attempts: 1, relapses: 2 }, diff());
    expect(thrice).toMatchObject({ state: 'quarantined', relapses: 3 });
    expect(thrice.reason).toMatch('ERG_5106');
  });

  test('is not doubted by a report that is older than it', () => {
    const repaired = { state: 'repaired', repairOffset: 300n, dueMs: NOW_MS + 1 } as const;
    const report = (offset: bigint): CaseEvent => {
      const mismatch = aDetection();
      return {
        type: 'detected',
        mismatch: { ...mismatch, evidence: { ...mismatch.evidence, offset: String(offset) } },
      };
    };
    expect(decide(repaired, report(300n))).toMatchObject({ state: 'repaired', relapses: 0 });
    expect(decide(repaired, report(301n))).toMatchObject({ state: 'waiting', relapses: 1 });
  });
});

describe('a row that cannot be judged', () => {
  test('because it moves is looked at for ever, less often when it is hot', () => {
    expect(decide(checking({ lostRaces: 19 }), { type: 'moved' })).toMatchObject({
      dueMs: NOW_MS + 5 * MINUTE_MS,
      reason: null,
    });
    const hot = decide(checking({ lostRaces: 20 }), { type: 'moved' });
    expect(hot).toMatchObject({ state: 'retryWait', attempts: 0, dueMs: NOW_MS + 80 * MINUTE_MS });
    expect(hot.reason).toMatch('ERG_5107');
  });

  test('because of its own cells is tried as often as a repair, and then needs a person', () => {
    const unreadable: CaseEvent = { type: 'readError', error: new ReplicationError('ERG_3301', 'no number') };
    expect(decide(checking(), unreadable)).toMatchObject({ state: 'retryWait', attempts: 1 });
    expect(decide(checking({ attempts: 4 }), unreadable).state).toBe('quarantined');
  });
});

describe('a quarantined case', () => {
  test('is closed when it was right twice in a row', () => {
    const once = decide({ state: 'quarantined' }, { type: 'equal' });
    expect(once).toMatchObject({ state: 'quarantined', clearedLooks: 1, dueMs: NOW_MS + 5 * MINUTE_MS });
    expect(decide(once, diff()).clearedLooks).toBe(0);
    expect(decide(once, { type: 'bothAbsent' })).toMatchObject({ state: 'closed', end: 'cleared' });
  });

  test('starts anew when a person orders its repair', () => {
    const order = anOrder({ runId: 9n, mayDelete: true });
    const worn = { state: 'quarantined', attempts: 5, lostRaces: 30, clearedLooks: 1 } as const;
    expect(decide(worn, { type: 'opRepair', order })).toMatchObject({
      state: 'checking',
      attempts: 0,
      lostRaces: 0,
      runId: 9n,
      ordered: 'delete',
    });
  });
});

describe('a case that a person ignores', () => {
  const ignored = decide(
    { state: 'quarantined' },
    { type: 'opAck', order: anOrder({ verb: 'ignore', untilMs: NOW_MS + 5 }) },
  );

  test('counts again when the time is over', () => {
    expect(ignored).toMatchObject({ state: 'suppressed', dueMs: NOW_MS + 5 });
    expect(decide(ignored, { type: 'due' }).state).toBe('waiting');
  });

  test('counts again when something else is wrong, not when the same is reported once more', () => {
    const again: CaseEvent = { type: 'detected', mismatch: aDetection() };
    expect(decide(ignored, again)).toMatchObject({ state: 'suppressed', detections: 2, dueMs: NOW_MS + 5 });
    const other: CaseEvent = { type: 'detected', mismatch: aDetection({ targetDigest: 'z' }) };
    expect(decide(ignored, other)).toMatchObject({ state: 'waiting', targetDigest: 'z' });
  });
});

describe('a case of a record', () => {
  test('does not wait for its shard any more when its record is to be read again', () => {
    const held: Partial<Case> = { kind: 'opaque', state: 'held', outageId: 3n, dueMs: null };
    const next = decide(held, { type: 'opReplay', order: anOrder({ verb: 'replay' }) });
    expect(next).toMatchObject({ state: 'checking', outageId: null });
  });

  const opaque = { kind: 'opaque', state: 'quarantined' } as const;

  test('is read again by order, and not repaired', () => {
    expect(decide(opaque, { type: 'opReplay', order: anOrder({ verb: 'replay' }) }).state).toBe('checking');
    expect(decide(opaque, { type: 'opRepair', order: anOrder() }).state).toBe('quarantined');
  });
});
