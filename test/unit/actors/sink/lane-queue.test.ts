import { describe, expect, test } from 'vitest';
import type { RoutedChange } from '../../../../actors/route/routed-change.ts';
import { LaneQueue } from '../../../../actors/sink/lane-queue.ts';
import { aColumn, anEntry, anImage, aTable } from '../../../support/sink-builders.ts';

const BEFORE = aTable({ columns: ['id', 'a', 'b'] });
const AFTER = aTable({ columns: [aColumn('id', { kind: 'text' }), 'a', 'b'] });
const OTHER = aTable({ name: 'delivery' });

function cut(...entries: readonly RoutedChange[]): readonly string[][] {
  const queue = new LaneQueue();
  for (const entry of entries) {
    queue.push(entry);
  }
  const batches: string[][] = [];
  while (queue.length > 0) {
    batches.push(queue.take({ maxRows: 100, maxBytes: 100_000 }).entries.map(({ key }) => key));
  }
  return batches;
}

describe('a batch', () => {
  test('ends where a table has changed, so that what was read before is written before', () => {
    // The key is encoded by its type: to a queue that knows only keys these are two rows, and deletes are written first.
    const write = anEntry({ key: 'integer 1', table: BEFORE });
    const remove = anEntry({ key: 'text 1', table: AFTER, image: null });
    expect(cut(write, anEntry({ key: 'x', table: OTHER }), remove)).toEqual([['integer 1', 'x'], ['text 1']]);
  });

  test('goes on while tables stay as they are, whatever their order', () => {
    const entries = [BEFORE, OTHER, BEFORE, OTHER].map((table, key) => anEntry({ key: String(key), table }));
    expect(cut(...entries)).toEqual([['0', '1', '2', '3']]);
  });

  test('of entries that were put back holds no others, and they come first', () => {
    const queue = new LaneQueue();
    for (const key of ['1', '2', '3']) {
      queue.push(anEntry({ key }));
    }
    const limits = { maxRows: 2, maxBytes: 100_000 };
    const { entries } = queue.take(limits);
    queue.putBack([...entries, anEntry({ key: '2b' })]);
    queue.push(anEntry({ key: '4' }));
    const taken = [1, 2, 3].map(() => queue.take(limits).entries.map(({ key }) => key));
    expect(taken).toEqual([['1', '2'], ['2b'], ['3', '4']]);
    expect(queue.length).toBe(0);
  });

  test('never ends between the halves of a primary-key change', () => {
    const old = anEntry({ key: '1', table: BEFORE, image: null, withNext: true });
    expect(cut(anEntry({ key: '0', table: BEFORE }), old, anEntry({ key: '2', table: AFTER }))).toEqual([
      ['0', '1', '2'],
    ]);
  });

  test('does not reach over a barrier, whatever is put back or taken out before it', () => {
    const queue = new LaneQueue();
    const push = (...keys: readonly string[]) => {
      for (const key of keys) {
        queue.push(anEntry({ key }));
      }
    };
    const take = (maxRows = 100) => queue.take({ maxRows, maxBytes: 100_000 }).entries.map(({ key }) => key);
    push('1', '2', '3', '4');
    expect(take(1)).toEqual(['1']);
    queue.raiseBarrier();
    push('5', '6');
    queue.remove(({ key }) => key === '3' || key === '6');
    queue.putBack([anEntry({ key: '1a' }), anEntry({ key: '1b' })]);
    queue.remove(({ key }) => key === '1a');
    expect([take(), queue.isAtBarrier, take(), queue.isAtBarrier]).toEqual([['1b'], false, ['2', '4'], true]);
    expect(queue.length).toBe(1);
    queue.liftBarrier();
    expect([take(), queue.isAtBarrier]).toEqual([['5'], false]);
    queue.raiseBarrier();
    expect(queue.isAtBarrier).toBe(true);
    push('7');
    expect(queue.isAtBarrier).toBe(true);
  });

  test('does not reach over a barrier in a long queue, which is moved to its front on the way', () => {
    const queue = new LaneQueue();
    for (let key = 0; key < 6_000; key += 1) {
      queue.push(anEntry({ key: String(key) }));
    }
    queue.raiseBarrier();
    queue.push(anEntry({ key: 'behind' }));
    let taken = 0;
    while (!queue.isAtBarrier) {
      taken += queue.take({ maxRows: 1_000, maxBytes: 1_000_000_000 }).entries.length;
    }
    expect([taken, queue.length]).toEqual([6_000, 1]);
  });

  describe('of a table with another unique index', () => {
    const table = aTable({ uniqueIndexes: [{ name: 'a', columns: ['a'] }] });
    const write = (key: string, a: string) => anEntry({ key, table, image: anImage({ id: key, a, b: '0' }) });
    const remove = (key: string, more: Partial<RoutedChange> = {}) => anEntry({ key, table, image: null, ...more });

    test('goes on while a row changes nothing but other columns', () => {
      expect(cut(write('1', 'x'), write('1', 'x'), write('2', 'y'))).toEqual([['1', '1', '2']]);
    });

    test('ends where a row changes its unique value once more', () => {
      expect(cut(write('2', 'y'), write('1', 'x'), write('1', 'z'), write('3', 'w'))).toEqual([
        ['2', '1'],
        ['1', '3'],
      ]);
    });

    test('ends before a primary-key change of which a half would have to be folded over another row', () => {
      const chain = ['3', '2', '1'].flatMap((key) => [
        remove(key, { withNext: true }),
        write(String(Number(key) + 1), `of ${key}`),
      ]);
      expect(cut(...chain)).toEqual([
        ['3', '4'],
        ['2', '3'],
        ['1', '2'],
      ]);
    });

    test('ends before a primary-key change whose second half must not be folded over another row', () => {
      // Row 6 has the value that row 5 gets by the change; written where row 5 stood before, it would collide.
      const table = aTable({ uniqueIndexes: [{ name: 'a', columns: ['a'] }] });
      const gone = anEntry({ key: '5', table, image: null });
      const old = anEntry({ key: '6', table, image: null, withNext: true });
      expect(cut(gone, old, anEntry({ key: '5', table }))).toEqual([['5'], ['6', '5']]);
    });
  });
});
