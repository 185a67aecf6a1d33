import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { type TableSnapshot, takeSnapshot } from '../../../../actors/catalog/table-snapshot.ts';
import type { TableSnapshots } from '../../../../actors/catalog/table-snapshots.ts';
import { ShardCatalog } from '../../../../actors/route/shard-catalog.ts';
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
  /** Runs while somebody waits for an answer. */
  whileAsked: () => Promise<void> = async () => {};
  /** A reading waits for it, and gives what it saw before. */
  gate: Promise<void> = Promise.resolve();
  hint: () => void = () => {};
  readonly catalog = new ShardCatalog(
    {
      name: 'seller0',
      readTables: async () => {
        this.readings += 1;
        const { tables } = this;
        await this.gate;
        return new Map(tables.map((table) => [table.name, table]));
      },
      takeFence: async () => ({ positioned: true }),
      findRefusal: () => undefined,
      markPositioned: async () => {},
      openWriter: () => ({ write: async () => {}, close: async () => {} }),
      close: async () => {},
    },
    new Map([['orders', new Set<string>()]]),
    this,
  );

  async ask(_shard: string, have: string | undefined) {
    this.asked.push(have);
    const answer = have === snapshotOf(...this.tables).version ? 'same' : this.answer;
    await this.whileAsked();
    return answer;
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
    expect([rig.columns, [...rig.catalog.unusable.keys()]]).toEqual([['id', 'a'], ['orders']]);
  });

  test('are read when a table is missing in the answer: it may have come since', async () => {
    const rig = new Rig();
    rig.answer = snapshotOf();
    await rig.catalog.renew();
    expect([rig.columns, [...rig.catalog.unusable.keys()], rig.readings]).toEqual([['id', 'a'], [], 1]);
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

  test('that were read here while an answer was on its way are not replaced by it', async () => {
    const rig = new Rig();
    rig.answer = snapshotOf(NARROW);
    await rig.catalog.renew();
    rig.tables = [WIDE];
    rig.whileAsked = async () => {
      rig.whileAsked = async () => {};
      await rig.catalog.refresh();
    };
    await rig.catalog.renew();
    expect(rig.columns).toEqual(['id', 'a', 'b']);
    expect(rig.asked).toEqual([undefined, snapshotOf(NARROW).version, snapshotOf(WIDE).version]);
  });

  test('are read here when they change under every answer', async () => {
    const rig = new Rig();
    rig.answer = snapshotOf(NARROW);
    await rig.catalog.refresh();
    let changes = 0;
    rig.whileAsked = async () => {
      if (changes < 20) {
        changes += 1;
        rig.tables = [changes % 2 === 0 ? NARROW : WIDE];
        await rig.catalog.refresh();
      }
    };
    await rig.catalog.renew();
    expect(rig.columns).toEqual(rig.tables[0]?.columns.map(({ name }) => name));
    expect(rig.readings).toBeGreaterThan(3);
  });

  test('are read again for who wants to know them while they are read, once for all of those', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<void>();
    rig.gate = gate.promise;
    const first = rig.catalog.refresh();
    rig.tables = [WIDE];
    const others = [rig.catalog.refresh(), rig.catalog.refresh()];
    gate.resolve();
    await first;
    expect(rig.columns).toEqual(['id', 'a']); // as it was when that reading began
    await Promise.all(others);
    expect([rig.columns, rig.readings]).toEqual([['id', 'a', 'b'], 2]);
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
