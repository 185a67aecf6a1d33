import { describe, expect, test } from 'vitest';
import type { PlacedEntry } from '../../../../actors/route/place-change.ts';
import { type Reach, selectTaken } from '../../../../actors/route/select-taken.ts';
import type { TableRoute } from '../../../../actors/route/table-route.ts';
import { anEntry } from '../../../support/sink-builders.ts';

const ROUTE = {} as TableRoute; // nothing of it is looked at here

const write = (shard: number, key = '1'): PlacedEntry => ({ shard, route: ROUTE, entry: anEntry({ key }) });
const remove = (shard: number, movedTo?: readonly number[], key = '1'): PlacedEntry => ({
  shard,
  route: ROUTE,
  entry: anEntry({ key, image: null }),
  movedTo,
});

function select(placed: readonly PlacedEntry[], ...reach: readonly Reach[]): readonly string[] {
  const taken = selectTaken(placed, (shard) => reach[shard] ?? 'nobody');
  return taken.map(({ shard, entry }) => `${entry.op} ${shard}`);
}

describe('a reader takes', () => {
  test('what is its own', () => {
    expect(select([write(0), write(1), remove(2)], 'own', 'nobody', 'others')).toEqual(['upsert 0']);
  });

  test('of a row that moved both halves, when it writes both places', () => {
    expect(select([write(1), remove(0, [1])], 'own', 'own')).toEqual(['upsert 1', 'delete 0']);
  });

  test('not the delete at the old place while the new one is left out: the row would be nowhere', () => {
    expect(select([write(1), remove(0, [1])], 'own', 'nobody')).toEqual([]);
  });

  test('the delete at the old place when it makes up for the new one', () => {
    expect(select([write(1), remove(0, [1])], 'others', 'own')).toEqual(['upsert 1', 'delete 0']);
  });

  test('not that delete while the old place is left out too: it begins below', () => {
    expect(select([write(1), remove(0, [1])], 'nobody', 'own')).toEqual(['upsert 1']);
  });

  test('the delete at the old place that it makes up for, the new one being written long ago', () => {
    expect(select([write(1), remove(0, [1])], 'own', 'others')).toEqual(['delete 0']);
  });

  test('of what moved away and came back within the record only the way back, and never the delete behind it', () => {
    const there = [write(1), remove(0, [1]), write(0), remove(1, [0])];
    expect(select(there, 'own', 'nobody')).toEqual(['delete 0', 'upsert 0']);
    expect(select(there, 'others', 'own')).toEqual(['upsert 1', 'delete 1']);
  });
});
