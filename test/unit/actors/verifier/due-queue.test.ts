import { describe, expect, test } from 'vitest';
import type { PlacedEntry } from '../../../../actors/route/place-change.ts';
import { DueQueue, type DueRow } from '../../../../actors/verifier/due-queue.ts';
import { anEntry, anImage, aTable, cellsOf } from '../../../support/sink-builders.ts';

// Of the route only its name is asked for.
const placed = (more: Parameters<typeof anEntry>[0]): PlacedEntry => ({
  shard: 0,
  route: { name: 'orders' } as PlacedEntry['route'],
  entry: anEntry(more),
});
const seqs = (rows: readonly DueRow[]) => rows.map(({ change }) => change.seq);

describe('of several changes of a row', () => {
  test('the newest is compared, and the others are out of date', () => {
    const queue = new DueQueue();
    const first = placed({ key: '1', seq: '1' });
    expect(queue.push(first)).toEqual([]);
    expect(queue.push(placed({ key: '2', seq: '1' }))).toEqual([]);
    expect(queue.push(placed({ key: '1', seq: '2' }))).toEqual([first.entry]);
    expect(queue.rows).toBe(2);
    expect(seqs(queue.take(10))).toEqual(['2', '1']);
    expect(queue.rows).toBe(0);
  });

  test('one that comes late is out of date itself', () => {
    const queue = new DueQueue();
    queue.push(placed({ key: '1', seq: '10' }));
    const late = placed({ key: '1', seq: '9' });
    expect(queue.push(late)).toEqual([late.entry]);
    expect(seqs(queue.take(10))).toEqual(['10']);
  });

  test('a delete covers what was before it', () => {
    const queue = new DueQueue();
    const first = placed({ key: '1', seq: '1' });
    queue.push(first);
    expect(queue.push(placed({ key: '1', seq: '2', image: null }))).toEqual([first.entry]);
  });

  test('what a newer one does not tell is still to be as the older one said, and has the same outcome', () => {
    const queue = new DueQueue();
    queue.push(placed({ key: '1', seq: '1', image: anImage({ id: '1', a: '1', b: '1' }) }));
    expect(queue.push(placed({ key: '1', seq: '2', image: anImage({ id: '1', a: '2' }) }))).toEqual([]);
    const [row] = queue.take(10);
    expect(row?.change.image && cellsOf(row.change.image)).toEqual({ id: '1', a: '2', b: '1' });
    expect(row?.checks).toHaveLength(2);
  });
});

test('rows of one table are taken at a time, and no table waits for ever', () => {
  const queue = new DueQueue();
  const items = aTable({ name: 'items' });
  for (const key of ['1', '2', '3']) {
    queue.push(placed({ key }));
  }
  queue.push(placed({ key: 'i1', table: items }));
  const taken = [1, 2, 3].map(() => queue.take(2).map(({ change }) => `${change.table.name} ${change.key}`));
  expect(taken).toEqual([['orders 1', 'orders 2'], ['items i1'], ['orders 3']]);
  expect(queue.take(2)).toEqual([]);
});
