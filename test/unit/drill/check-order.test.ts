import { describe, expect, test } from 'vitest';
import { aChange, aDelete, aFence, aSample, aStream, aWrite } from '../../support/drill/build-history.ts';
import { checkOrder } from '../../support/drill/check-order.ts';
import type { OffsetSample, TargetEntry } from '../../support/drill/history.ts';

/** Insert, update, delete, insert again, update. */
const stream = aStream(aChange(1, 2), aChange(2, 4), aChange(3, 5), aChange(4, 6), aChange(5, 8));

function check(
  entries: readonly TargetEntry[],
  { samples = [], restarted = [] }: { samples?: readonly OffsetSample[]; restarted?: readonly string[] } = {},
): string[] {
  const target = { target: 'settlement', entries };
  return checkOrder({ stream, target, samples, restarted: new Set(restarted) }).map(
    ({ invariant, message }) => `${invariant} ${message}`,
  );
}

const firstLife = [aFence(5, 1), aWrite(10, [1, 1]), aWrite(20, [2, 2], [1, 1]), aDelete(30, [2, 2])];
const replayed = [aWrite(50, [1, 1]), aWrite(60, [2, 2], [1, 1]), aDelete(70, [2, 2])];

describe('a target may', () => {
  test('go forward, skip states, and take a row back that is newer than the deleted one', () => {
    expect(check([...firstLife, aWrite(40, [4, 5])])).toEqual([]);
  });

  test('show a deleted row again after a new owner has taken the partition', () => {
    expect(check([...firstLife, aFence(40, 2), ...replayed])).toEqual([]);
  });

  test('show a deleted row again after the operator has set the offsets back', () => {
    const samples = [aSample(4, 30), aSample(0, 30, { phase: 1 })];
    expect(check([...firstLife, ...replayed], { samples })).toEqual([]);
  });

  test('show a deleted row again after its sink was started again in its place', () => {
    expect(check([...firstLife, ...replayed], { restarted: ['order-settlement/0'] })).toEqual([]);
  });
});

describe('it is found that', () => {
  test('a row went back to an older ver', () => {
    expect(check([aWrite(10, [2, 2]), aWrite(20, [1, 1], [2, 2])])).toEqual([
      expect.stringMatching(/^I2 .* ver 1 .* went back from ver 2/),
    ]);
  });

  test('a row went back to an older version number under an equal ver', () => {
    const twice = aStream(aChange(1, 2), aChange(4, 2));
    const target = { target: 'settlement', entries: [aWrite(10, [1, 4]), aWrite(20, [1, 1], [1, 4])] };
    const violations = checkOrder({ stream: twice, target, samples: [], restarted: new Set() });
    expect(violations.map(({ message }) => message)).toEqual([expect.stringContaining('back from ergate_seq 4')]);
  });

  test('a deleted row came back while nothing was being applied again', () => {
    expect(check([...firstLife, aWrite(40, [2, 2])])).toEqual([expect.stringContaining('came back after its delete')]);
  });

  test('a deleted row came back long after the last replay had passed its delete', () => {
    expect(check([...firstLife, aFence(40, 2), ...replayed, aWrite(80, [1, 1])])).toHaveLength(1);
  });

  test('a fence of another partition excuses nothing', () => {
    const other = { ...aFence(40, 2), partition: 1 } as TargetEntry;
    expect(check([...firstLife, other, ...replayed])).toHaveLength(1);
  });

  test('a new owner applied something that had been committed', () => {
    const entries = [...firstLife, aFence(40, 2), ...replayed];
    expect(check(entries, { samples: [aSample(4, 45)] })).toHaveLength(2);
  });

  test('a frozen writer came late with what had been committed by its successor', () => {
    const entries = [aFence(5, 1), aWrite(10, [1, 1]), aFence(15, 2), aWrite(50, [2, 2], [1, 1])];
    expect(check(entries, { samples: [aSample(3, 30)] })).toEqual([expect.stringContaining('although 3 had been')]);
    expect(check(entries, { samples: [aSample(2, 30)] })).toEqual([]);
  });

  test('a state was invented, or carries the version of another record', () => {
    expect(check([aWrite(10, [9, 1])])).toEqual([expect.stringMatching(/^I6 /)]);
    expect(check([aWrite(10, [1, 2])])).toEqual([expect.stringMatching(/^I6 /)]);
  });

  test('an owner of an older epoch lowered the fence', () => {
    expect(check([aFence(5, 2), aFence(10, 1)])).toEqual([expect.stringMatching(/^I14 .* went from 2 to 1/)]);
  });
});
