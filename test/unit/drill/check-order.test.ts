import { describe, expect, test } from 'vitest';
import { aChange, aDelete, aFence, aSample, aStream, asDamage, aWrite } from '../../support/drill/build-history.ts';
import { checkOrder } from '../../support/drill/check-order.ts';
import { findingName } from '../../support/drill/finding-name.ts';
import type { OffsetSample, TargetEntry } from '../../support/drill/history.ts';

/** Insert, update, delete, insert again, update. */
const stream = aStream(aChange(1, 2), aChange(2, 4), aChange(3, 5), aChange(4, 6), aChange(5, 8));

function check(
  entries: readonly TargetEntry[],
  {
    samples = [],
    restarted = [],
    findings = [],
  }: { samples?: readonly OffsetSample[]; restarted?: readonly string[]; findings?: readonly string[] } = {},
): string[] {
  const target = { target: 'settlement', entries };
  return checkOrder({
    stream,
    target,
    samples,
    restarted: new Set(restarted),
    findings: new Set(findings),
  }).violations.map(({ invariant, message }) => `${invariant} ${message}`);
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
    const { violations } = checkOrder({
      stream: twice,
      target,
      samples: [],
      restarted: new Set(),
      findings: new Set(),
    });
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

/** Of another row of the partition. */
const END = 9;

describe('a row that somebody damaged', () => {
  const damaged = [aWrite(10, [1, 1]), asDamage(aWrite(15, [1, 1], [1, 1]))];

  test('may be repaired under the version of the newest record', () => {
    expect(check([...damaged, aWrite(20, [2, 2], [1, 1])])).toEqual([]);
    const short = [...damaged, aWrite(20, [1, 1], [1, 1])];
    expect(check(short)).toEqual([]);
    expect(check([aWrite(10, [4, 5]), asDamage(aDelete(15, [4, 5])), aWrite(20, [4, END])])).toEqual([]);
  });

  test('may be repaired although its partition was committed further meanwhile', () => {
    const entries = [...damaged, aWrite(20, [1, 1], [1, 1])];
    expect(check(entries, { samples: [aSample(6, 16)] })).toEqual([]);
    expect(check([aWrite(10, [1, 1]), aWrite(20, [2, 2], [1, 1])], { samples: [aSample(6, 16)] })).toHaveLength(1);
  });

  test('may have been given a version of any height', () => {
    const raised = asDamage(aWrite(15, [4, 6], [4, 5]));
    expect(check([aWrite(10, [4, 5]), raised, aWrite(20, [4, 5], [4, 6])])).toEqual([]);
  });

  test('is not repaired to an older state than it had, nor to one that the stream does not have', () => {
    const repaired = check([aWrite(10, [4, 5]), asDamage(aWrite(15, [4, 5], [4, 5])), aWrite(20, [3, END], [4, 5])]);
    expect(repaired).toContainEqual(expect.stringMatching(/^I2 .* went back from ver 4/));
    expect(check([...damaged, aWrite(20, [7, END], [1, 1])])).toEqual([expect.stringMatching(/^I6 /)]);
    const afterDelete = check([aWrite(10, [4, 5]), asDamage(aDelete(15, [4, 5])), aWrite(20, [2, 2])]);
    expect(afterDelete).toEqual([expect.stringMatching(/^I2 .* came back after its delete with ver 3/)]);
  });

  test('is not repaired under a version that keeps out changes that it does not hold', () => {
    const covering = check([...damaged, aWrite(20, [1, 4], [1, 1])]);
    expect(covering).toEqual([expect.stringMatching(/^I13 .* keeps out rank 4 at offset 2/)]);
  });

  test('is not repaired under a version that the stream had not come to', () => {
    const samples = [aSample(1, 10, { ends: new Map([[0, 9]]) }), aSample(1, 30, { ends: new Map([[0, 9]]) })];
    const entries = [aWrite(10, [4, 5]), asDamage(aWrite(15, [4, 5], [4, 5])), aWrite(20, [4, END], [4, 5])];
    expect(check(entries, { samples })).toEqual([expect.stringMatching(/^I13 .* the stream ended at 9/)]);
  });

  test('may show what came before the state that it was repaired to, until that has come itself', () => {
    const ahead = [...damaged, aWrite(20, [3, 2], [1, 1])]; // ver 3 is at offset 4
    expect(check([...ahead, aWrite(30, [3, 4], [3, 2])])).toEqual([]);
    const twice = aStream(aChange(1, 2), aChange(3, 4), aChange(4, 6));
    const shown = [...damaged, aWrite(20, [3, 2], [1, 1]), aWrite(30, [2, 3], [3, 2]), aWrite(40, [3, 4], [2, 3])];
    const target = { target: 'settlement', entries: shown };
    const input = { stream: twice, target, samples: [], restarted: new Set<string>(), findings: new Set<string>() };
    expect(checkOrder(input)).toEqual({ violations: [], repairs: 1, damages: 1 });
    const back = [...shown, aWrite(50, [2, 3], [3, 4])];
    expect(checkOrder({ ...input, target: { ...target, entries: back } }).violations).toHaveLength(1);
  });

  test('may be taken away again where it never belonged, and nowhere else', () => {
    const rogue = { table: 'orders', key: '77' };
    const put = { ...asDamage(aWrite(15, [1, 1])), ...rogue } as TargetEntry;
    const taken = { ...aDelete(20, [1, 1]), ...rogue } as TargetEntry;
    expect(check([put, taken])).toEqual([]);
    expect(check([taken])).toEqual([expect.stringMatching(/^I13 .* deleted, which the stream never does/)]);
    expect(check([aWrite(10, [4, 5]), aDelete(20, [4, 5])])).toHaveLength(1);
  });
});

test('only a row that was damaged, or that a finding names, is repaired', () => {
  const entries = [aWrite(10, [4, 5]), aWrite(20, [4, END], [4, 5])];
  expect(check(entries)).toEqual([expect.stringMatching(/^I6 /)]);
  expect(check(entries, { findings: [findingName('order-settlement', 0, 4)] })).toEqual([]);
  expect(check(entries, { findings: [findingName('order-seller', 0, 4)] })).toHaveLength(1);
});
