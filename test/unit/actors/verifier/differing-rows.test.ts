import { expect, test } from 'vitest';
import { DifferingRows } from '../../../../actors/verifier/differing-rows.ts';
import type { DueRow } from '../../../../actors/verifier/due-queue.ts';
import { anEntry, anImage } from '../../../support/sink-builders.ts';

function aRow(more: Parameters<typeof anEntry>[0]): DueRow {
  const change = anEntry(more);
  return { sourceTable: 'orders', change, checks: [change] };
}
const keys = (rows: readonly DueRow[]) => rows.map(({ change }) => `${change.key}@${change.seq}`);

test('a newer change of the row ends its wait, an older one and those of other rows do not', () => {
  const rows = new DifferingRows();
  const row = aRow({ key: '1', seq: '5' });
  rows.add(row, 1);
  expect(rows.passBy(anEntry({ key: '2', seq: '9' }))).toEqual([]);
  expect(rows.passBy(anEntry({ key: '1', seq: '4' }))).toEqual([]);
  expect(rows.passBy(anEntry({ key: '1', seq: '10' }))).toEqual(row.checks);
  expect([rows.size, rows.oldest]).toEqual([0, undefined]);
});

test('a delete ends the wait of any change, and what follows a delete ends its wait', () => {
  const rows = new DifferingRows();
  rows.add(aRow({ key: '1', seq: '1', image: anImage({ id: '1', a: '1' }) }), 1);
  expect(rows.passBy(anEntry({ key: '1', seq: '2', image: null }))).toHaveLength(1);
  rows.add(aRow({ key: '1', seq: '2', image: null }), 1);
  expect(rows.passBy(anEntry({ key: '1', seq: '3', image: anImage({ id: '1' }) }))).toHaveLength(1);
});

test('a row of which a newer change leaves a column waits on', () => {
  const rows = new DifferingRows();
  rows.add(aRow({ key: '1', seq: '1', image: anImage({ id: '1', a: '1', b: '1' }) }), 1);
  expect(rows.passBy(anEntry({ key: '1', seq: '2', image: anImage({ id: '1', a: '2' }) }))).toEqual([]);
  expect(rows.size).toBe(1);
});

test('those that wait for longest are taken first, and two changes of a row may wait', () => {
  const rows = new DifferingRows();
  rows.add(aRow({ key: '1', seq: '1' }), 3);
  rows.add(aRow({ key: '2', seq: '2' }), 4);
  rows.add(aRow({ key: '1', seq: '3' }), 5);
  expect([rows.size, rows.oldest]).toEqual([3, 3]);
  expect(keys(rows.take(2))).toEqual(['1@1', '2@2']);
  expect(rows.oldest).toBe(5);
  expect(keys(rows.take(9))).toEqual(['1@3']);
});
