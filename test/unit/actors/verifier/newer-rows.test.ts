import { expect, test } from 'vitest';
import type { DueRow } from '../../../../actors/verifier/due-queue.ts';
import { NewerRows, type ReadRow } from '../../../../actors/verifier/newer-rows.ts';
import { encodeSeq } from '../../../../protocol/change/sequence.ts';

const ledger = {};
const aRow = (key: string, ...offsets: readonly number[]) => aRowOf(ledger, key, ...offsets);
const aRowOf = (by: object, key: string, ...offsets: readonly number[]) => {
  const changes = offsets.map((offset) => ({
    key,
    table: { name: 'orders' },
    record: { offset: BigInt(offset) },
    ledger: by,
  }));
  return { change: changes.at(-1), checks: changes } as unknown as DueRow; // what is read of a due row
};
const add = (rows: NewerRows, row: DueRow, version: string, read?: ReadRow) => rows.add(row, version, [], read);
const takenBelow = (below: number) => (_: unknown, offset: number) => offset < below;

test('a row is missed when its version was passed, and told once', () => {
  const rows = new NewerRows(10);
  expect(add(rows, aRow('a', 1), encodeSeq(3, 5))).toBe(true);
  expect(rows.takeMissed(takenBelow(5), 5)).toEqual([]);
  expect(rows.takeMissed(takenBelow(6), 6)).toEqual([
    { table: 'orders', from: 1, to: 1, newerOffset: 5, ledger, counted: [] },
  ]);
  expect(rows.takeMissed(takenBelow(6), 6)).toEqual([]);
});

test('a change with that version or a newer one ends the wait, an older one does not', () => {
  const rows = new NewerRows(10);
  for (const key of ['a', 'b', 'c']) {
    add(rows, aRow(key, 1), '5');
  }
  rows.saw(aRow('a', 5).change);
  rows.saw(aRow('b', 6).change);
  rows.saw(aRow('c', 4).change);
  expect(rows.takeMissed(takenBelow(9), 9)).toMatchObject([{ to: 1, newerOffset: 5 }]);
});

test('a row that is seen newer still waits for the newer version', () => {
  const rows = new NewerRows(10);
  add(rows, aRow('a', 1), '5');
  add(rows, aRow('a', 2), '7');
  expect(rows.takeMissed(takenBelow(7), 7)).toEqual([]);
  expect(rows.takeMissed(takenBelow(8), 8)).toMatchObject([{ to: 2, newerOffset: 7 }]);
});

test('there is room for so many rows, and known ones always', () => {
  const rows = new NewerRows(2);
  expect([add(rows, aRow('a', 1), '5'), add(rows, aRow('b', 1), '5'), add(rows, aRow('c', 1), '5')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(add(rows, aRow('a', 2), '6')).toBe(true);
  rows.saw(aRow('b', 5).change);
  expect(add(rows, aRow('c', 1), '5')).toBe(true);
});

test('a missed row is looked at again from the oldest change on that was compared with it', () => {
  const rows = new NewerRows(10);
  const counted = [{ offset: 2, payloadIndex: 0, key: 'a' }];
  rows.add(aRow('a', 1, 2), '5', counted);
  expect(rows.takeMissed(takenBelow(6), 6)).toMatchObject([{ from: 1, to: 2, counted }]);
});

test('a row is kept for the change that has its version, of the same reader, and handed out once', () => {
  const rows = new NewerRows(10, 10);
  const read = {} as ReadRow; // handed on
  const offer = (key: string) => add(rows, aRow(key, 1), '5', read);
  offer('a');
  expect([rows.saw(aRow('b', 5).change), rows.saw(aRow('a', 4).change)]).toEqual([undefined, undefined]);
  expect([rows.saw(aRow('a', 5).change), rows.saw(aRow('a', 5).change)]).toEqual([read, undefined]);
  offer('a');
  expect([rows.saw(aRow('a', 6).change), rows.saw(aRow('a', 5).change)]).toEqual([undefined, undefined]);
  offer('a');
  expect(rows.saw(aRowOf({}, 'a', 5).change)).toBeUndefined();
});

test('the newest ones are kept, the others are still waited for', () => {
  const rows = new NewerRows(10, 2);
  const reads = ['a', 'b', 'c'].map((key) => ({ readMs: 0, key }) as unknown as ReadRow); // handed on
  for (const [index, key] of ['a', 'b', 'c'].entries()) {
    add(rows, aRow(key, 1), '5', reads[index]);
  }
  expect(['c', 'b', 'a'].map((key) => rows.saw(aRow(key, 5).change))).toEqual([reads[2], reads[1], undefined]);
  expect(rows.size).toBe(0);
  const none = new NewerRows(10);
  add(none, aRow('a', 1), '5', reads[0]);
  expect(none.saw(aRow('a', 5).change)).toBeUndefined();
});
