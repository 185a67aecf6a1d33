/** What the property of these rows (waiting-rows.prop.test.ts) is too small for. */
import { expect, test } from 'vitest';
import type { RoutedChange } from '../../../../actors/route/routed-change.ts';
import { LaneQueue } from '../../../../actors/sink/lane-queue.ts';
import { WaitingRows } from '../../../../actors/sink/waiting-rows.ts';
import { anEntry, aTable } from '../../../support/sink-builders.ts';

function queueBehind(waiting: RoutedChange, entries: readonly RoutedChange[]) {
  const rows = [{ last: waiting, removal: undefined }];
  const waitingRows = new WaitingRows();
  waitingRows.add({ batch: { entries: [waiting], rows, fillMs: undefined }, chunk: { rows, tries: 1 }, dueMs: 1 });
  const queue = new LaneQueue();
  for (const entry of entries) {
    queue.push(entry);
  }
  waitingRows.takeDue(queue, 0);
  return { queue, waitingRows };
}

test('a queue of any length may have to wait', () => {
  const table = aTable({ uniqueIndexes: [{ name: 'u', columns: ['a'] }] });
  const entries = Array.from({ length: 150_000 }, (_, key) => anEntry({ key: `${key}`, table }));
  const { queue, waitingRows } = queueBehind(anEntry({ key: 'waits', table }), entries);
  expect([queue.length, waitingRows.length]).toEqual([0, 150_001]);
});

test('rows whose keys are all moved up by one, the last one first, are found together', () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => 10_000 - index);
  const entries = keys.flatMap((key) => [
    anEntry({ key: `${key}`, image: null, withNext: true, ties: [`${key}`] }),
    anEntry({ key: `${key + 1}`, ties: [`${key}`] }),
  ]);
  const { queue, waitingRows } = queueBehind(anEntry({ key: '1' }), entries);
  expect([queue.length, waitingRows.length]).toEqual([0, 20_001]);
});
