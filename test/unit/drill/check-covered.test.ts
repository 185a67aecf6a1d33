import { describe, expect, test } from 'vitest';
import { aChange, aDelete, aSample, aStream, aWrite } from '../../support/drill/build-history.ts';
import { checkCovered } from '../../support/drill/check-covered.ts';
import { findingName } from '../../support/drill/finding-name.ts';
import type { OffsetSample, StreamHistory, TargetEntry } from '../../support/drill/history.ts';

function check(
  stream: StreamHistory,
  entries: readonly TargetEntry[],
  { samples, findings = [] }: { samples: readonly OffsetSample[]; findings?: readonly string[] },
): string[] {
  const targets = [{ target: 'settlement', entries }];
  return checkCovered({ stream, targets, samples, findings: new Set(findings) }).map(({ message }) => message);
}

const inserted = aChange(3, 2);
const updated = aChange(5, 4);
const deleted = aChange(7, 5);

describe('a committed offset is covered', () => {
  test('when the row has the state of every change below it', () => {
    const entries = [aWrite(10, [1, 3]), aWrite(20, [2, 5], [1, 3]), aDelete(30, [2, 5])];
    const samples = [aSample(undefined, 5), aSample(4, 10), aSample(6, 20), aSample(8, 30)];
    expect(check(aStream(inserted, updated, deleted), entries, { samples })).toEqual([]);
  });

  test('when the row was newer already', () => {
    expect(check(aStream(inserted, updated), [aWrite(10, [2, 5])], { samples: [aSample(4, 10)] })).toEqual([]);
  });

  test('when the row came and went within one write, of which the log has nothing', () => {
    expect(check(aStream(inserted, updated, deleted), [], { samples: [aSample(4, 10), aSample(8, 20)] })).toEqual([]);
  });

  test('when the change is stored as a finding', () => {
    const findings = [findingName('order-settlement', 0, 5)];
    const samples = [aSample(6, 10)];
    expect(check(aStream(inserted, updated), [aWrite(10, [1, 3])], { samples, findings })).toEqual([]);
  });
});

describe('a commit that is too early is found', () => {
  test('when the change was never applied', () => {
    expect(check(aStream(inserted), [], { samples: [aSample(4, 10)] })).toEqual([
      expect.stringMatching(/committed 4, past offset 3: orders 1 rank 2 is not at settlement/),
    ]);
  });

  test('when the change was applied only after the commit was seen', () => {
    const samples = [aSample(4, 9), aSample(4, 10)];
    expect(check(aStream(inserted), [aWrite(10, [1, 3])], { samples })).toHaveLength(1);
  });

  test('when an update is missing while the row is there', () => {
    expect(check(aStream(inserted, updated), [aWrite(10, [1, 3])], { samples: [aSample(6, 10)] })).toHaveLength(1);
  });

  test('when an update is missing and the stream deletes the row later', () => {
    const stream = aStream(inserted, updated, deleted);
    expect(check(stream, [aWrite(10, [1, 3])], { samples: [aSample(6, 10)] })).toHaveLength(1);
  });

  test('when a row that was never written is deleted by a change that was not in the stream yet', () => {
    const samples = [aSample(4, 10, { ends: new Map([[0, 6]]) })];
    expect(check(aStream(inserted, updated, deleted), [], { samples })).toHaveLength(1);
  });

  test('when a delete was not applied', () => {
    const entries = [aWrite(10, [1, 3]), aWrite(20, [2, 5], [1, 3])];
    const samples = [aSample(6, 20), aSample(8, 30)];
    expect(check(aStream(inserted, updated, deleted), entries, { samples })).toHaveLength(1);
  });

  test('when the finding belongs to another pipeline or to an older state', () => {
    const findings = [findingName('order-seller', 0, 5), findingName('order-settlement', 0, 3)];
    const samples = [aSample(6, 10)];
    expect(check(aStream(inserted, updated), [aWrite(10, [1, 3])], { samples, findings })).toHaveLength(1);
  });

  test('when a product order went to the wrong shard', () => {
    const change = aChange(3, 2, { table: 'product_order' });
    const stream = { ...aStream(change), sellerOf: new Map([['1', 500n]]) };
    const write: TargetEntry = { ...aWrite(10, [1, 3]), table: 'product_order' } as TargetEntry;
    const sample = aSample(undefined, 10, {
      committed: new Map([['order-seller/0', 4]]),
      places: new Map([
        ['seller0', { file: 1, position: 10 }],
        ['seller1', { file: 1, position: 10 }],
      ]),
    });
    const judge = (target: string) =>
      checkCovered({
        stream,
        targets: ['seller0', 'seller1'].map((name) => ({ target: name, entries: name === target ? [write] : [] })),
        samples: [sample],
        findings: new Set(),
      });
    expect(judge('seller0')).toEqual([]);
    expect(judge('seller1')).toHaveLength(1);
  });
});

test('a delivery whose product order the stream never told is an error, not a pass', () => {
  const stream = aStream(aChange(3, 2, { table: 'delivery', key: '77,1' }));
  expect(() => check(stream, [], { samples: [aSample(4, 10)] })).toThrow('never told the seller of product order 77');
});
