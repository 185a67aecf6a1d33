import { describe, expect, test } from 'vitest';
import { DueTimes } from '../../../../actors/verifier/due-times.ts';

const record = (offset: number, timestampMs: number) => ({
  offset: BigInt(offset),
  key: null,
  value: null,
  timestampMs,
});

describe('records become due', () => {
  test('when they are old enough, and not before', () => {
    const due = new DueTimes(1_000, 5);
    expect(due.dueBelow(0)).toBe(5);
    due.add([record(5, 10_000), record(7, 10_500)], 10_500);
    expect([due.nextMs, due.oldestTimeMs]).toEqual([11_000, 10_000]);
    expect([10_999, 11_000, 11_499, 11_500].map((nowMs) => due.dueBelow(nowMs))).toEqual([5, 6, 6, 8]);
    expect(due.nextMs).toBeUndefined();
  });

  test('and wait, perhaps for long, until they are taken', () => {
    const due = new DueTimes(1_000, 5);
    due.add([record(5, 10_000), record(7, 10_500), record(8, 90_000)], 90_000);
    due.dueBelow(90_000);
    expect(due.oldestTimeMs).toBe(10_000);
    due.taken(6);
    expect(due.oldestTimeMs).toBe(10_500);
    due.taken(8);
    expect(due.oldestTimeMs).toBe(90_000);
    due.dueBelow(91_000);
    due.taken(9);
    expect(due.oldestTimeMs).toBe(Number.NaN);
  });

  test('by their arrival, when they have no time or one that lies ahead', () => {
    const due = new DueTimes(1_000, 0);
    due.add([record(0, -1), record(1, 99_000)], 10_000);
    expect([10_999, 11_000].map((nowMs) => due.dueBelow(nowMs))).toEqual([0, 2]);
  });

  test('in their order: one that is older than the one before it waits for that', () => {
    const due = new DueTimes(1_000, 0);
    due.add([record(0, 10_000), record(1, 500)], 10_000);
    expect([10_999, 11_000].map((nowMs) => due.dueBelow(nowMs))).toEqual([0, 2]);
  });

  test('together with their neighbours, a little later at most', () => {
    const due = new DueTimes(1_000, 0);
    due.add(
      Array.from({ length: 51 }, (_, index) => record(index, 10_000 + index)),
      10_050,
    );
    expect([11_049, 11_050].map((nowMs) => due.dueBelow(nowMs))).toEqual([0, 51]);
  });
});
