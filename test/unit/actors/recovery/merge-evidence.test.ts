import { describe, expect, test } from 'vitest';
import type { CaseEvent } from '../../../../actors/recovery/case-event.ts';
import { decideCase } from '../../../../actors/recovery/decide-case.ts';
import { openCase } from '../../../../actors/recovery/open-case.ts';
import type { Case } from '../../../../actors/state/case.ts';
import { aCase, aDetection, facts, MINUTE_MS, NOW_MS } from '../../../support/build-case.ts';

function decide(current: Partial<Case>, event: CaseEvent): Case {
  return decideCase(aCase(current), event, facts()).next;
}

describe('reports', () => {
  test('the same one again changes nothing, not even a time', () => {
    const known = aCase();
    const same = { ...aDetection(), evidence: { topicEpoch: 0, partition: 0, offset: '100', commitTimeMs: null } };
    expect(decideCase(known, { type: 'detected', mismatch: same }, facts()).next).toBe(known);
  });

  test('an older one never lowers what is known, a newer one wins', () => {
    const at = (topicEpoch: number, offset: string): CaseEvent => ({
      type: 'detected',
      mismatch: {
        ...aDetection({ targetDigest: 'z' }),
        evidence: { topicEpoch, partition: 0, offset, commitTimeMs: 5 },
      },
    });
    const known = { topicEpoch: 1, offset: 100n, targetDigest: 'b' };
    expect(decide(known, at(0, '500'))).toMatchObject({ ...known, detections: 1 });
    expect(decide(known, at(1, '101'))).toMatchObject({ offset: 101n, targetDigest: 'z', detections: 2 });
    expect(decide(known, at(2, '3'))).toMatchObject({ topicEpoch: 2, offset: 3n, detections: 2 });
  });

  test('that only suppose a row to be extra do not count as having seen it so', () => {
    const supposed = aDetection({ kind: 'extra', sourceDigest: null, targetDigest: null });
    const seen = aDetection({ kind: 'extra', sourceDigest: null, targetDigest: 'b' });
    const extraSinceMs = (mismatch: typeof seen) => [
      openCase(mismatch, { pipeline: 'orders', facts: facts() }).extraSinceMs,
      decide({}, { type: 'detected', mismatch }).extraSinceMs,
    ];
    expect(extraSinceMs(supposed)).toEqual([null, null]);
    expect(extraSinceMs(seen)).toEqual([NOW_MS, NOW_MS]);
  });

  test('are proof when somebody has looked, from the first such one on', () => {
    const unseen = aDetection({ sourceDigest: null, targetDigest: null, reason: 'ERG_4010: circuitOpened' });
    const opened = (mismatch: typeof unseen) => openCase(mismatch, { pipeline: 'orders', facts: facts() });
    expect(opened(unseen)).toMatchObject({ confirmedMs: null, reason: unseen.reason });
    expect(opened(aDetection())).toMatchObject({ confirmedMs: NOW_MS, reason: null });
    const told = (fields: Partial<Case>, mismatch = aDetection()) => decide(fields, { type: 'detected', mismatch });
    expect(told({ confirmedMs: null }).confirmedMs).toBe(NOW_MS);
    expect(told({ confirmedMs: 5 }).confirmedMs).toBe(5);
    expect(told({ confirmedMs: null }, unseen).confirmedMs).toBeNull();
  });

  test('of what nobody has looked at take no reason away that says more', () => {
    const mismatch = aDetection({ sourceDigest: null, targetDigest: null, reason: 'ERG_4010: circuitOpened' });
    expect(decide({ state: 'quarantined', reason: 'ERG_5106: x' }, { type: 'detected', mismatch }).reason).toBe(
      'ERG_5106: x',
    );
  });

  test('of a change that could not be applied tell why the row is wrong, however old they are', () => {
    const mismatch = aDetection({ foundBy: 'sink', offset: 1n, sourceDigest: null, targetDigest: null });
    const known = aCase({ foundBy: 'sweeper' });
    const told = decideCase(known, { type: 'detected', mismatch }, facts()).next;
    expect(told).toEqual({ ...known, foundBy: 'sink' });
    expect(decideCase(told, { type: 'detected', mismatch }, facts()).next).toBe(told);
  });

  test('of another partition take the case along when they are later, unless somebody is working on it', () => {
    const moved = (commitTimeMs: number): CaseEvent => ({
      type: 'detected',
      mismatch: { ...aDetection(), evidence: { topicEpoch: 0, partition: 4, offset: '7', commitTimeMs } },
    });
    const known = { commitTimeMs: NOW_MS };
    expect(decide(known, moved(NOW_MS + 1))).toMatchObject({ partition: 4, offset: 7n, detections: 2 });
    expect(decide(known, moved(NOW_MS))).toMatchObject({ partition: 0, offset: 100n, detections: 1 });
    expect(decide({ ...known, state: 'checking' }, moved(NOW_MS + 1)).partition).toBe(0);
  });

  test('whose partition was guessed give way to those that know it, whichever is later', () => {
    const at = (partition: number, offset: string, isOwnerUnknown?: true): CaseEvent => ({
      type: 'detected',
      mismatch: { ...aDetection(), isOwnerUnknown, evidence: { topicEpoch: 0, partition, offset, commitTimeMs: null } },
    });
    const guessed: Partial<Case> = { isOwnerUnknown: true, commitTimeMs: null };
    const known = { isOwnerUnknown: false, partition: 4, offset: 7n };
    expect(decide(guessed, at(4, '7'))).toMatchObject(known);
    expect(decide(guessed, at(0, '7'))).toMatchObject({ ...known, partition: 0 });
    expect(decide({ ...known, commitTimeMs: null }, at(0, '500', true))).toMatchObject(known);
    expect(decide({ ...known, commitTimeMs: null }, at(4, '8', true))).toMatchObject({ ...known, offset: 8n });
    expect(decide(guessed, at(0, '500', true))).toMatchObject({ isOwnerUnknown: true, offset: 500n });
  });

  test('what was seen to be right before it was seen to be wrong does not close it', () => {
    const cleared = (topicEpoch: number, offset: bigint): CaseEvent => ({ type: 'cleared', topicEpoch, offset });
    expect(decide({ topicEpoch: 1 }, cleared(1, 99n)).state).toBe('waiting');
    expect(decide({ topicEpoch: 1 }, cleared(0, 500n)).state).toBe('waiting');
    expect(decide({ topicEpoch: 1 }, cleared(1, 100n))).toMatchObject({ state: 'closed', end: 'cleared', dueMs: null });
  });

  test('of a row that was repaired lately open a case that remembers it', () => {
    const previous = aCase({
      id: 5n,
      state: 'closed',
      end: 'verified',
      repairedMs: NOW_MS - 60 * MINUTE_MS,
      relapses: 1,
    });
    expect(openCase(aDetection(), { pipeline: 'orders', previous, facts: facts() })).toMatchObject({
      previousId: 5n,
      relapses: 2,
      state: 'waiting',
      dueMs: NOW_MS + 5 * MINUTE_MS,
    });
    const healed = aCase({ id: 6n, state: 'closed', end: 'healed', relapses: 2 });
    expect(openCase(aDetection(), { pipeline: 'orders', previous: healed, facts: facts() }).relapses).toBe(0);
  });
});
