/** From a record's changes to lane entries: which rows, on which shards, in which order. */
import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { attachFollowers } from '../../../../actors/route/attach-followers.ts';
import { foldRecord } from '../../../../actors/route/fold-record.ts';
import { type PlacedEntry, placeChange } from '../../../../actors/route/place-change.ts';
import { PlaceFinder } from '../../../../actors/route/place-finder.ts';
import type { RecordContext } from '../../../../actors/route/record-context.ts';
import { ShardCatalog } from '../../../../actors/route/shard-catalog.ts';
import { ShardRoute } from '../../../../actors/route/shard-route.ts';
import { TableRoute } from '../../../../actors/route/table-route.ts';
import { UnwrittenColumns } from '../../../../actors/route/unwritten-columns.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import type { RowChange } from '../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { moduloShards } from '../../../../protocol/route/modulo-shards.ts';
import { anImage, aTable, cellsOf } from '../../../support/sink-builders.ts';

const CONTEXT: RecordContext = {
  record: { offset: 5n, key: null, value: null, timestampMs: -1 },
  ledger: new OffsetLedger(0, undefined),
  slot: 0,
  seq: '5',
  commitTime: null,
  laneHash: 0,
  bytesPerChange: 10,
  arrivedMs: 0,
};

interface RouteRig {
  readonly route: TableRoute;
  readonly unwritten: UnwrittenColumns;
  place(changes: readonly RowChange[]): readonly PlacedEntry[];
}

/** Two shards by `s` modulo 2; columns id, s, a and what ergate adds. */
async function aRoute(table: TableShape = aTable({ columns: ['id', 's', 'a', 'ergate_seq'] })): Promise<RouteRig> {
  const unwritten = new UnwrittenColumns(() => {});
  const shards = await Promise.all(
    ['seller0', 'seller1'].map(async (name) => {
      const catalog = new ShardCatalog(
        {
          name,
          readTables: async () => new Map([[table.name, table]]),
          takeFence: async () => ({ positioned: true }),
          findRefusal: () => undefined,
          markPositioned: async () => {},
          openWriter: () => ({ write: async () => {}, close: async () => {} }),
          close: async () => {},
        },
        new Map([[table.name, new Set<string>()]]),
      );
      await catalog.refresh();
      return new ShardRoute({
        sourceTable: table.name,
        targetTable: table.name,
        catalog,
        markerNames: new Set(['ergate_seq']),
        ignoredNames: new Set(['secret']),
        filledNames: new Set(['filled']),
        unwritten,
      });
    }),
  );
  const route = new TableRoute({
    name: table.name,
    ordinal: 0,
    shardKeys: ['s'],
    shardKeyLookup: undefined,
    filler: undefined,
    queue: undefined,
    latencyColumn: undefined,
    shards,
  });
  const finder = new PlaceFinder(moduloShards(2));
  return {
    route,
    unwritten,
    place: (changes) =>
      placeAll(
        changes.flatMap((change, index) => {
          const places = finder.byKey(route, change);
          if (places instanceof ReplicationError) {
            throw places;
          }
          return placeChange(change, index, places, { route, context: CONTEXT, isLeftOut: () => false });
        }),
      ),
  };
}

const placeAll = (placed: readonly PlacedEntry[]) => attachFollowers(foldRecord(placed));

const row = (id: string, s: string, a: string, more: Record<string, Cell> = {}) => anImage({ id, s, a, ...more });
const insert = (after = row('1', '0', 'x')): RowChange => ({ op: 'insert', table: 'orders', before: null, after });
const update = (before = row('1', '0', 'x'), after = row('1', '0', 'y')): RowChange => ({
  op: 'update',
  table: 'orders',
  before,
  after,
});
const remove = (before = row('1', '0', 'x')): RowChange => ({ op: 'delete', table: 'orders', before, after: null });

function shown(placed: readonly PlacedEntry[]): string[] {
  return placed.map(({ shard, entry }) => {
    const { keyCells, image, withNext, followers = [] } = entry;
    const cells = image === null ? '-' : Object.values(cellsOf(image)).slice(2).join();
    const then = followers.length === 0 ? '' : ` then ${shown(followers).join(', ')}`;
    return `${shard} ${keyCells.join()} ${cells}${withNext ? ' +' : ''}${then}`;
  });
}

describe('placing a change', () => {
  test('a row stays on the shard of its shard key', async () => {
    const { place } = await aRoute();
    expect(shown(place([insert(row('1', '7', 'x'))]))).toEqual(['1 1 x']);
    expect(shown(place([update()]))).toEqual(['0 1 y']);
    expect(shown(place([remove()]))).toEqual(['0 1 -']);
  });

  test('a changed primary key deletes the old row and writes the new one in one transaction', async () => {
    const { place } = await aRoute();
    expect(shown(place([update(row('1', '0', 'x'), row('2', '0', 'y'))]))).toEqual(['0 1 - +', '0 2 y']);
  });

  test('a changed shard key writes the new shard, and then deletes on the old one', async () => {
    const { place } = await aRoute();
    expect(shown(place([update(row('1', '0', 'x'), row('1', '3', 'y'))]))).toEqual(['1 1 y then 0 1 -']);
    expect(shown(place([update(row('1', '0', 'x'), row('2', '3', 'y'))]))).toEqual(['1 2 y then 0 1 -']);
  });

  test('a change without an integer as shard key is refused', async () => {
    const { place } = await aRoute();
    expect(() => place([insert(anImage({ id: '1', s: null, a: 'x' }))])).toThrow('ERG_2002');
    expect(() => place([insert(anImage({ id: '1', a: 'x' }))])).toThrow('ERG_2002');
    expect(() => place([update(row('1', 'here', 'x'))])).toThrow('ERG_2002');
  });

  test('a table whose key is filled by a look-up is refused: nobody could find the row of a delete', async () => {
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'filled'], primaryKey: ['id', 'filled'] }));
    expect(() => place([insert(row('1', '0', 'x', { filled: 'y' }))])).toThrow('ERG_2008');
  });

  test('a change without its key is refused', async () => {
    const { place } = await aRoute();
    expect(() => place([insert(anImage({ s: '0', a: 'x' }))])).toThrow('ERG_3303');
  });

  test('values that the target has no column for are counted, ignored ones and NULL are not', async () => {
    const { place, unwritten } = await aRoute();
    place([insert(row('1', '0', 'x', { colour: 'red', size: null, secret: 's' }))]);
    place([insert(row('2', '0', 'x', { colour: 'blue', size: null, secret: 's' }))]);
    expect(unwritten.list()).toEqual([
      { table: 'orders', column: 'colour', changes: 2, firstOffset: '5', lastOffset: '5' },
    ]);
  });
});

describe('folding the changes of one record', () => {
  test('a row that changes twice is written once, with all its changes counted', async () => {
    const { place } = await aRoute();
    const placed = place([insert(), update(), update(row('1', '0', 'y'), row('1', '0', 'z'))]);
    expect(shown(placed)).toEqual(['0 1 z']);
    expect(placed[0]?.entry.changes).toBe(3);
  });

  test('a row that is deleted and made anew with all its columns is one upsert', async () => {
    const { place } = await aRoute();
    expect(shown(place([remove(), insert(row('1', '0', 'new'))]))).toEqual(['0 1 new']);
  });

  test('a row that is made anew without all its columns keeps its delete', async () => {
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'a', 'own', 'ergate_seq'] }));
    expect(shown(place([remove(), insert(row('1', '0', 'new'))]))).toEqual(['0 1 - +', '0 1 new']);
  });

  test('such a row is gone at no moment, whatever stands between', async () => {
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'a', 'own', 'ergate_seq'] }));
    const between = [insert(row('2', '0', 'x')), insert(row('3', '1', 'x'))];
    const changes = [remove(), ...between, insert(row('1', '0', 'new'))];
    expect(shown(place(changes))).toEqual(['0 1 - +', '0 2 x +', '1 3 x', '0 1 new']);
  });

  test('rows that depend on the order between rows are not kept together for that', async () => {
    const uniqueIndexes = [{ name: 'a', columns: ['a'] }];
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'a', 'own', 'ergate_seq'], uniqueIndexes }));
    const changes = [remove(), insert(row('2', '0', 'y')), insert(row('1', '0', 'new'))];
    expect(shown(place(changes))).toEqual(['0 1 -', '0 2 y', '0 1 new']);
  });

  test('a chain of primary-key changes leaves deletes and the last row, tied together', async () => {
    const { place } = await aRoute();
    const chain = [update(row('1', '0', 'x'), row('2', '0', 'x')), update(row('2', '0', 'x'), row('3', '0', 'x'))];
    expect(shown(place(chain))).toEqual(['0 1 - +', '0 2 - +', '0 3 x']);
  });

  test('a change that is folded into a half of a primary-key change stands beside the other half', async () => {
    const { place } = await aRoute();
    const changes = [
      insert(row('5', '0', 'x')),
      insert(row('7', '0', 'x')),
      update(row('5', '0', 'x'), row('6', '0', 'x')),
    ];
    expect(shown(place(changes))).toEqual(['0 7 x +', '0 5 - +', '0 6 x']);
  });

  test('a row that leaves its shard and comes back is where the last change put it', async () => {
    const { place } = await aRoute();
    const there = update(row('1', '0', 'x'), row('1', '1', 'x'));
    const back = update(row('1', '1', 'x'), row('1', '0', 'back'));
    expect(shown(place([there, back]))).toEqual(['0 1 back then 1 1 -']);
  });

  test('a delete that another entry of its row follows is not put off behind it', async () => {
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'a', 'own', 'ergate_seq'] }));
    const there = update(row('1', '0', 'x'), row('1', '1', 'x'));
    const back = update(row('1', '1', 'x'), row('1', '0', 'back'));
    expect(shown(place([there, back]))).toEqual(['0 1 - +', '0 1 back then 1 1 -']);
  });

  test('a row that leaves its shard twice is there until it is written where it went', async () => {
    const { place } = await aRoute(aTable({ columns: ['id', 's', 'a', 'own', 'ergate_seq'] }));
    const there = update(row('1', '0', 'x'), row('1', '1', 'x'));
    const back = update(row('1', '1', 'x'), row('1', '0', 'x'));
    const placed = place([there, back, there]);
    expect(shown(placed)).toEqual(['1 1 - +', '1 1 x then 0 1 - +, 0 1 -']);
  });

  test('rows of a table with another unique index are folded only where nothing stands between', async () => {
    const table = aTable({ columns: ['id', 's', 'a', 'ergate_seq'], uniqueIndexes: [{ name: 's', columns: ['s'] }] });
    const { place } = await aRoute(table);
    const one = (a: string) => update(row('1', '0', 'x'), row('1', '0', a));
    const two = update(row('2', '0', 'x'), row('2', '0', 'b'));
    expect(shown(place([one('a'), one('b'), two, one('c')]))).toEqual(['0 1 b', '0 2 b', '0 1 c']);
  });

  test('a row that changes its unique value is written with each of them: another one may wait for it to go', async () => {
    const table = aTable({ columns: ['id', 's', 'a', 'ergate_seq'], uniqueIndexes: [{ name: 'a', columns: ['a'] }] });
    const { place } = await aRoute(table);
    const changes = [
      update(row('1', '0', 'x'), row('1', '0', 'away')),
      update(row('1', '0', 'away'), row('1', '0', 'b')),
    ];
    expect(shown(place(changes))).toEqual(['0 1 away', '0 1 b']);
  });
});
