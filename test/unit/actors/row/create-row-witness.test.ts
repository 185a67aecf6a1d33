/** Looks at many rows, and looks of which a side does not answer. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { MemoryRead, MemoryRowReader } from '../../../support/memory-row-reader.ts';
import { aColumn, aTable } from '../../../support/sink-builders.ts';
import { aRowName, WitnessRig } from '../../../support/witness-rig.ts';

const order = (id: number, s = '0') => ({ id: String(id), s, a: '7' });
const orderName = (id: number, shard = 0) => aRowName('orders', shard, { id: String(id) });
const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function rowReads({ reads }: MemoryRowReader): readonly number[] {
  return reads.filter(({ what }) => what === 'many').map(({ rows }) => rows);
}

function tableReads({ reads }: MemoryRowReader): number {
  return reads.filter(({ what }) => what === 'tables').length;
}

/** Fails readings of rows from the nth on, from 1. */
function failFrom(reader: MemoryRowReader, nth: number, error: Error): void {
  let seen = 0;
  reader.onRead = ({ what }: MemoryRead) => {
    seen += what === 'many' ? 1 : 0;
    if (seen >= nth) {
      throw error;
    }
  };
}

const away = () => new ReplicationError('ERG_2101', 'away');

describe('many rows', () => {
  test('are asked for in batches, each table and shard for itself, and judged in the order in which they were named', async () => {
    const rig = new WitnessRig();
    for (const id of ids(1_100)) {
      rig.put('orders', order(id, String(id)), id % 2);
    }
    rig.put('offers', { id: '1', s: '0', t: '0', a: '1' }, 0);
    rig.removeAt(0, 'orders', { id: '700' });
    const names = [...ids(1_100).map((id) => orderName(id, id % 2)), aRowName('offers', 0, { id: '1' })].reverse();
    const seen = await rig.see(...names);
    expect(new Set(seen)).toEqual(new Set(['equal', 'missing']));
    expect(names[seen.indexOf('missing')]?.targetKey).toEqual([['id', '700']]);
    expect(rowReads(rig.source)).toEqual([1, 500, 1, 500, 100]);
    expect(rowReads(rig.shards[0])).toEqual([1, 250, 250, 50]);
    expect(rowReads(rig.shards[1])).toEqual([250, 250, 50]);
  });

  test('a row that is named twice is asked for once, and judged twice', async () => {
    const rig = new WitnessRig();
    rig.put('offers', { id: '1', s: '0', t: '1', a: '1' }, 0, 1);
    const name = aRowName('offers', 0, { id: '1' });
    expect(await rig.see(name, aRowName('offers', 1, { id: '1' }), name)).toEqual(['equal', 'equal', 'equal']);
    expect(rowReads(rig.source)).toEqual([1]);
    expect(rowReads(rig.shards[0])).toEqual([1]);
  });

  test('no rows mean no query', async () => {
    const rig = new WitnessRig();
    expect(await rig.look()).toEqual([]);
    expect(rig.source.reads).toEqual([]);
  });
});

describe('a side that does not answer', () => {
  test('a shard leaves its own rows unread alone', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1, '0'), 0);
    rig.put('orders', order(2, '1'), 1);
    failFrom(rig.shards[0], 1, new ReplicationError('ERG_3001', 'away'));
    expect(await rig.see(orderName(1, 0), orderName(2, 1))).toEqual(['ERG_3001', 'equal']);
  });

  test('the source before the target is read leaves all rows unread, and the target unasked', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    rig.source.failure = away();
    expect(await rig.see(orderName(1))).toEqual(['ERG_2101']);
    expect(rowReads(rig.shards[0])).toEqual([]);
  });

  test('the source after the target was read leaves what differs unread, never different', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    rig.put('orders', order(2));
    failFrom(rig.source, 2, away());
    expect(await rig.see(orderName(1), orderName(2))).toEqual(['equal', 'ERG_2101']);
  });

  test('is asked once in a look, however many batches there are, and again in the next look', async () => {
    const rig = new WitnessRig();
    for (const id of ids(1_500)) {
      rig.put('orders', order(id), 0);
    }
    const names = ids(1_500).map((id) => orderName(id));
    failFrom(rig.source, 1, away());
    expect(new Set(await rig.see(...names))).toEqual(new Set(['ERG_2101']));
    expect(rowReads(rig.source)).toEqual([500]);
    rig.source.onRead = () => {};
    expect(new Set(await rig.see(...names))).toEqual(new Set(['equal']));
  });

  test('a look-up leaves the rows unread that need it, in either look', async () => {
    const rig = new WitnessRig();
    rig.sellers.answers.set('10', ['0']);
    rig.put('parcels', { id: '1', po: '10', label: null });
    rig.put('orders', order(1), 0);
    rig.shards[0].onRead = ({ what, table }) => {
      rig.sellers.failing ||= what === 'many' && table === 'parcels';
    };
    const parcel = aRowName('parcels', 0, { id: '1' });
    expect(rig.sellers.asked).toHaveLength(0);
    expect(await rig.see(parcel, orderName(1))).toEqual(['ERG_2101', 'equal']);
    expect(rig.sellers.asked).toHaveLength(2);
    expect(await rig.see(parcel, orderName(1))).toEqual(['ERG_2101', 'equal']);
  });

  test('a resolver that fails on one row leaves the others judged', async () => {
    const rig = new WitnessRig();
    for (const id of ids(8)) {
      rig.sellers.answers.set(`1${id}`, ['0']);
      rig.put('parcels', { id: String(id), po: `1${id}`, label: null }, 0);
    }
    rig.sellers.slips.add('13');
    const seen = await rig.see(...ids(8).map((id) => aRowName('parcels', 0, { id: String(id) })));
    expect(seen).toEqual(ids(8).map((id) => (id === 3 ? 'ERG_2104' : 'equal')));
  });

  test('a reading that fails for one row leaves the others judged', async () => {
    const rig = new WitnessRig();
    for (const id of ids(8)) {
      rig.put('orders', order(id), 0);
    }
    const read = rig.shards[0].readMany.bind(rig.shards[0]);
    rig.shards[0].readMany = (table, keys) =>
      keys.some(([id]) => id === '3') ? Promise.reject(new ReplicationError('ERG_3303', 'NULL')) : read(table, keys);
    const seen = await rig.see(...ids(8).map((id) => orderName(id)));
    expect(seen).toEqual(ids(8).map((id) => (id === 3 ? 'ERG_3303' : 'equal')));
  });

  test('a look never rejects: what nobody expected is unreadable too', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    failFrom(rig.shards[0], 1, new TypeError('a slip'));
    expect(await rig.see(orderName(1))).toEqual(['ERG_9000']);
  });
});

describe('names that no row can have', () => {
  test.for([
    ['a table that is not replicated', { table: 'nothing' }, 'ERG_4083'],
    ['a table that every object has', { table: 'constructor' }, 'ERG_4083'],
    ['a shard that the target does not have', { shard: 'seller7' }, 'ERG_4083'],
    ['a key of other columns than the table has now', { targetKey: [['no', '1']] as const }, 'ERG_4084'],
    ['a key that its column cannot hold', { targetKey: [['id', 'x']] as const }, 'ERG_3301'],
    ['a source key that its column cannot hold', { sourceKey: [['id', 'x']] as const }, 'ERG_3301'],
  ] as const)('%s', async ([, more, code]) => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    expect(await rig.see({ ...orderName(1), ...more }, orderName(1))).toEqual([code, 'equal']);
  });
});

describe('tables that change', () => {
  test('shapes are read once a minute', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    await Promise.all([rig.look(orderName(1)), rig.look(orderName(1))]);
    rig.clock.advance(59_999);
    await rig.look(orderName(1));
    expect([tableReads(rig.source), tableReads(rig.shards[0]), tableReads(rig.shards[1])]).toEqual([1, 1, 0]);
    rig.clock.advance(1);
    await rig.look(orderName(1));
    expect([tableReads(rig.source), tableReads(rig.shards[0])]).toEqual([2, 2]);
  });

  test('a column that is gone is found out by the reading that fails, and the row is judged by the table as it is', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    await rig.look(orderName(1));
    rig.shards[0].setTable(aTable({ name: 'orders', columns: ['id', 's', 'ergate_seq'] }));
    expect(await rig.see(orderName(1))).toEqual(['equal']);
    rig.source.setTable(aTable({ name: 'orders', columns: ['id', 's'] }));
    expect(await rig.see(orderName(1))).toEqual(['equal']);
  });

  test('a table that is gone is unreadable, and asked for twice at most', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    rig.shards[0].dropTable('orders');
    expect(await rig.see(orderName(1))).toEqual(['ERG_3402']);
    expect(tableReads(rig.shards[0])).toBe(2);
    rig.source.dropTable('orders');
    expect(await rig.see(orderName(1))).toEqual(['ERG_4082']);
  });

  test.for([
    ['at the target', (rig: WitnessRig) => rig.shards[0]],
    ['at the source', (rig: WitnessRig) => rig.source],
  ] as const)(
    'what seems to differ is judged by the table as it is, when that changed unseen %s',
    async ([, sideOf]) => {
      const rig = new WitnessRig();
      const asDecimal = (scale: number) =>
        aTable({
          name: 'orders',
          columns: ['id', 's', aColumn('a', { kind: 'decimal', columnType: `decimal(10,${scale})` }), 'ergate_seq'],
        });
      for (const side of [rig.source, ...rig.shards]) {
        side.setTable(asDecimal(2));
      }
      rig.put('orders', { id: '1', s: '0', a: '1.50' }, 0);
      expect(await rig.see(orderName(1))).toEqual(['equal']);
      sideOf(rig).setTable(asDecimal(3));
      sideOf(rig).put('orders', { id: '1', s: '0', a: '1.500' });
      expect(await rig.see(orderName(1))).toEqual(['equal']);
    },
  );

  test('a column that the target got is not compared before the source has it', async () => {
    const rig = new WitnessRig();
    rig.put('orders', order(1), 0);
    rig.shards[0].setTable(
      aTable({ name: 'orders', columns: ['id', 's', 'a', aColumn('later', { hasDefault: true })] }),
    );
    rig.putAt(0, 'orders', { ...order(1), later: '5' });
    expect(await rig.see(orderName(1))).toEqual(['equal']);
  });
});
