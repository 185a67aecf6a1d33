import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { type TableSnapshot, takeSnapshot } from '../../../../actors/catalog/table-snapshot.ts';
import type { TableSnapshots } from '../../../../actors/catalog/table-snapshots.ts';
import { ShardCatalog } from '../../../../actors/sink/shard-catalog.ts';
import { aTable } from '../../../support/sink-builders.ts';

const NARROW = aTable({ columns: ['id', 'a'] });
const WIDE = aTable({ columns: ['id', 'a', 'b'] });
const snapshotOf = (...tables: readonly TableShape[]) =>
  takeSnapshot(new Map(tables.map((table) => [table.name, table])));

class Rig implements TableSnapshots {
  readings = 0;
  asked: (string | undefined)[] = [];
  /** At the target. */
  tables: readonly TableShape[] = [NARROW];
  answer: TableSnapshot | 'same' | undefined;
  hint: () => void = () => {};
  readonly catalog = new ShardCatalog(
    {
      name: 'seller0',
      readTables: async () => {
        this.readings += 1;
        return new Map(this.tables.map((table) => [table.name, table]));
      },
      takeFence: async () => ({ positioned: true }),
      markPositioned: async () => {},
      openWriter: () => ({ write: async () => {}, close: async () => {} }),
      close: async () => {},
    },
    new Map([['orders', new Set<string>()]]),
    this,
  );

  async ask(_shard: string, have: string | undefined) {
    this.asked.push(have);
    return this.answer;
  }

  onChange(_shard: string, react: () => void): Disposable {
    this.hint = react;
    return {
      [Symbol.dispose]: () => {
        this.hint = () => {};
      },
    };
  }

  get columns(): readonly string[] | undefined {
    return this.catalog.find('orders')?.columns.map(({ name }) => name);
  }
}

describe('the tables of a shard', () => {
  test('are those that somebody has read for all, and a table that is the same stays the same object', async () => {
    const rig = new Rig();
    rig.answer = snapshotOf(WIDE);
    await rig.catalog.renew();
    const table = rig.catalog.find('orders');
    rig.answer = snapshotOf(aTable({ columns: ['id', 'a', 'b'] }), aTable({ name: 'other' }));
    await rig.catalog.renew();
    expect(rig.catalog.find('orders')).toBe(table);
    expect([rig.columns, rig.readings, rig.asked]).toEqual([
      ['id', 'a', 'b'],
      0,
      [undefined, snapshotOf(WIDE).version],
    ]);
  });

  test('are read when nobody answers, and what was known stays when the reading fails too', async () => {
    const rig = new Rig();
    await rig.catalog.renew();
    expect([rig.columns, rig.readings]).toEqual([['id', 'a'], 1]);
    rig.tables = [];
    await rig.catalog.renew();
    expect([rig.columns, rig.catalog.missing]).toEqual([['id', 'a'], ['orders']]);
  });

  test('are read when a table is missing in the answer: it may have come since', async () => {
    const rig = new Rig();
    rig.answer = snapshotOf();
    await rig.catalog.renew();
    expect([rig.columns, rig.catalog.missing, rig.readings]).toEqual([['id', 'a'], [], 1]);
  });

  test('that were read here have a version too, so that an older answer is not taken for news', async () => {
    const rig = new Rig();
    rig.tables = [WIDE];
    await rig.catalog.refresh();
    rig.answer = 'same';
    await rig.catalog.renew();
    expect(rig.asked).toEqual([snapshotOf(WIDE).version]);
    expect(rig.columns).toEqual(['id', 'a', 'b']);
  });

  test('that turn out to be others than was known are told to whoever reads them for all', async () => {
    const rig = new Rig();
    await rig.catalog.refresh();
    await rig.catalog.refresh();
    expect(rig.asked).toEqual([]);
    rig.tables = [WIDE];
    await rig.catalog.refresh();
    expect(rig.asked).toEqual([snapshotOf(WIDE).version]);
  });

  test('are asked for at a hint, until the catalog is disposed of', async () => {
    const rig = new Rig();
    rig.catalog.follow();
    rig.answer = snapshotOf(WIDE);
    rig.hint();
    await rig.catalog.renew(); // the same asking
    expect([rig.columns, rig.asked.length]).toEqual([['id', 'a', 'b'], 1]);
    rig.catalog[Symbol.dispose]();
    rig.hint();
    expect(rig.asked).toHaveLength(1);
  });
});
