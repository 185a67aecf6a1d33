import { expect, test } from 'vitest';
import type { DueRow } from '../../../../actors/verifier/due-queue.ts';
import { NewerRows } from '../../../../actors/verifier/newer-rows.ts';
import { encodeSeq } from '../../../../protocol/change/sequence.ts';

const ledger = {};
const aRow = (key: string, offset: number) =>
  // What is read of a due row.
  ({ change: { key, table: { name: 'orders' }, record: { offset: BigInt(offset) }, ledger } }) as unknown as DueRow;
const takenBelow = (below: number) => (_: unknown, offset: number) => offset < below;

test('a row is missed when its version was passed, and told once', () => {
  const rows = new NewerRows(10);
  expect(rows.add(aRow('a', 1), encodeSeq(3, 5))).toBe(true);
  expect(rows.takeMissed(takenBelow(5), 5)).toEqual([]);
  expect(rows.takeMissed(takenBelow(6), 6)).toEqual([{ table: 'orders', offset: 1, newerOffset: 5, ledger }]);
  expect(rows.takeMissed(takenBelow(6), 6)).toEqual([]);
});

test('a change with that version or a newer one ends the wait, an older one does not', () => {
  const rows = new NewerRows(10);
  for (const key of ['a', 'b', 'c']) {
    rows.add(aRow(key, 1), '5');
  }
  rows.saw(aRow('a', 5).change);
  rows.saw(aRow('b', 6).change);
  rows.saw(aRow('c', 4).change);
  expect(rows.takeMissed(takenBelow(9), 9)).toMatchObject([{ offset: 1, newerOffset: 5 }]);
});

test('a row that is seen newer still waits for the newer version', () => {
  const rows = new NewerRows(10);
  rows.add(aRow('a', 1), '5');
  rows.add(aRow('a', 2), '7');
  expect(rows.takeMissed(takenBelow(7), 7)).toEqual([]);
  expect(rows.takeMissed(takenBelow(8), 8)).toMatchObject([{ offset: 2, newerOffset: 7 }]);
});

test('there is room for so many rows, and known ones always', () => {
  const rows = new NewerRows(2);
  expect([rows.add(aRow('a', 1), '5'), rows.add(aRow('b', 1), '5'), rows.add(aRow('c', 1), '5')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(rows.add(aRow('a', 2), '6')).toBe(true);
  rows.saw(aRow('b', 5).change);
  expect(rows.add(aRow('c', 1), '5')).toBe(true);
});
