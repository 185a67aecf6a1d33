import { describe, expect, test } from 'vitest';
import { planStart } from '../../../../actors/sink/plan-start.ts';
import type { ParkedScope } from '../../../../actors/stream/parked-scope.ts';

const KNOWN: ParkedScope = { shard: 's0', table: 'orders', from: 70, position: undefined, commitTimeMs: 1 };

describe('what a sink leaves out from its start', () => {
  test('is what it left out before', () => {
    const plan = planStart({ position: undefined, parked: [KNOWN] }, 100, []);
    expect(plan?.map(({ scope }) => scope)).toEqual([KNOWN]);
  });

  test('is from the committed offset on what it cannot reach', () => {
    const plan = planStart({ position: undefined, parked: [] }, 100, [{ shard: 's1', table: null, reason: 'away' }]);
    expect(plan).toEqual([
      { scope: { shard: 's1', table: null, from: 100, position: undefined, commitTimeMs: Number.NaN }, reason: 'away' },
    ]);
  });

  test('begins at the lowest offset of all, since rows move between shards', () => {
    const plan = planStart({ position: undefined, parked: [KNOWN] }, 100, [
      { shard: 's1', table: null, reason: 'away' },
    ]);
    expect(plan?.map(({ scope }) => [scope.shard, scope.from])).toEqual([
      ['s0', 70],
      ['s1', 70],
    ]);
  });

  test('is a shard once, not its tables too', () => {
    const plan = planStart({ position: undefined, parked: [KNOWN] }, 100, [
      { shard: 's0', table: null, reason: 'away' },
    ]);
    expect(plan?.map(({ scope }) => [scope.shard, scope.table, scope.from])).toEqual([['s0', null, 70]]);
  });

  test('does not name again what is known', () => {
    const plan = planStart({ position: undefined, parked: [{ ...KNOWN, table: null }] }, 100, [
      { shard: 's0', table: 'orders', reason: 'is missing' },
    ]);
    expect(plan).toHaveLength(1);
  });

  test('is nothing when it would not fit beside an offset', () => {
    const away = Array.from({ length: 200 }, (_, index) => ({ shard: `shard${index}`, table: null, reason: 'away' }));
    expect(planStart({ position: undefined, parked: [] }, 100, away)).toBeUndefined();
  });
});
