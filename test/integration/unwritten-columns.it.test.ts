/** Counters of unwritten columns in the state database, and the sinks that keep them there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { aRecord, buildSinkRig, inserted, serverIn } from '../support/sink-rig.ts';
import { aTarget, row } from '../support/sink-target.ts';

let folder: string;
let server: MariadbServer;
let db: Awaited<ReturnType<typeof openSchema>>;
let state: StateDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-unwritten-'));
  server = await startMariadb({ folder, name: 'state' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  db?.destroy();
  state?.close();
  db = await openSchema(server, 'unwritten');
  state = openStateDatabase(serverOf({ server, schema: 'unwritten' }));
  await state.ensureSchema();
});

describe('unwritten columns', () => {
  const PLACE_OF = { pipeline: 'order-seller', topic: 'cdc.order', topicEpoch: 0, partition: 1 };
  const aDelta = (first: bigint, last: bigint, more: object = {}) => ({
    table: 'orders',
    column: 'note',
    changes: 2,
    firstOffset: first,
    lastOffset: last,
    firstCommitTime: `2026-01-01 00:00:0${first % 10n}.000`,
    lastCommitTime: `2026-01-01 00:00:0${last % 10n}.000`,
    isOpen: true,
    ...more,
  });

  test('are summed up over partitions, and their ranges only grow', async () => {
    const { unwrittenColumns } = state;
    await unwrittenColumns.add(PLACE_OF, [aDelta(13n, 15n)]);
    await unwrittenColumns.add(PLACE_OF, [
      aDelta(12n, 14n),
      aDelta(1n, 1n, { column: 'größe', firstCommitTime: null, lastCommitTime: null }),
    ]);
    await unwrittenColumns.add({ ...PLACE_OF, partition: 0 }, [aDelta(17n, 18n)]);
    const all = await unwrittenColumns.list(10);
    const range = { topic: 'cdc.order', topicEpoch: 0 };
    expect(all.find(({ column }) => column === 'note')).toEqual({
      pipeline: 'order-seller',
      table: 'orders',
      column: 'note',
      changes: 6,
      firstCommitTime: '2026-01-01 00:00:02.000',
      lastCommitTime: '2026-01-01 00:00:08.000',
      ranges: expect.arrayContaining([
        { ...range, partition: 0, firstOffset: '17', lastOffset: '18' },
        { ...range, partition: 1, firstOffset: '12', lastOffset: '15' },
      ]),
    });
    expect(all.find(({ column }) => column === 'größe')).toMatchObject({ changes: 2, firstCommitTime: undefined });
    expect(await unwrittenColumns.list(1)).toHaveLength(1);
  });

  test('that a dead sink left open reach up to where the next one starts; others stay', async () => {
    const { unwrittenColumns } = state;
    await unwrittenColumns.add(PLACE_OF, [aDelta(2n, 5n), aDelta(2n, 5n, { column: 'done', isOpen: false })]);
    await unwrittenColumns.closeOpen(PLACE_OF, 9n);
    await unwrittenColumns.closeOpen(PLACE_OF, 20n);
    const ranges = (await unwrittenColumns.list(10)).map(({ column, ranges: [range] }) => [column, range?.lastOffset]);
    expect(Object.fromEntries(ranges)).toEqual({ note: '8', done: '5' });
  });

  test('are kept until they are cleared', async () => {
    const { unwrittenColumns } = state;
    await unwrittenColumns.add(PLACE_OF, [aDelta(2n, 5n), aDelta(2n, 5n, { column: 'other' })]);
    const note = { pipeline: 'order-seller', table: 'orders', column: 'note' };
    expect([await unwrittenColumns.clear(note, 'ann@here'), await unwrittenColumns.clear(note, 'ann@here')]).toEqual([
      1, 0,
    ]);
    expect(await state.audit.list(10, undefined)).toMatchObject([
      { actor: 'ann@here', action: 'columns clear', object: expect.stringMatching(/^\S+ \S+\.note$/) },
    ]);
    expect((await unwrittenColumns.list(10)).map(({ column }) => column)).toEqual(['other']);
  });

  test('that were cleared do not come back when the sink has nothing new to say of them', async () => {
    const { unwrittenColumns } = state;
    const ended = { changes: 0, isOpen: false };
    await unwrittenColumns.add(PLACE_OF, [aDelta(2n, 5n), aDelta(2n, 5n, { column: 'other' })]);
    await unwrittenColumns.clear({ pipeline: 'order-seller', table: 'orders', column: 'note' }, 'ann@here');
    await unwrittenColumns.add(PLACE_OF, [aDelta(2n, 5n, ended), aDelta(2n, 5n, { column: 'other', ...ended })]);
    await unwrittenColumns.closeOpen(PLACE_OF, 9n);
    const ranges = (await unwrittenColumns.list(10)).map(({ column, ranges: [range] }) => [column, range?.lastOffset]);
    expect(ranges).toEqual([['other', '5']]);
  });

  test('without the table they are refused with a code', async () => {
    await db.query('DROP TABLE ergate_unwritten_column');
    await expect(state.unwrittenColumns.list(1)).rejects.toThrow('ERG_5002');
    await expect(state.unwrittenColumns.add(PLACE_OF, [aDelta(1n, 1n)])).rejects.toThrow('ERG_5002');
  });
});

describe('a sink', () => {
  test('has its counters stored when it has ended, and the next one goes on with them', async () => {
    await using target = await aTarget(server);
    const kept = openStateDatabase(serverIn(server, target.options.stateSchema));
    const partition = new MemoryPartition();
    for (const placeEpoch of [1, 2]) {
      await using rig = buildSinkRig({ ...target.options, partition, placeEpoch });
      const position = partition.records.length + 1;
      partition.append(
        aRecord('1', position, inserted(row(position, 'a'))),
        aRecord('1', position + 1, inserted({ ...row(position + 1, 'b'), note: 'x', gift: null })),
        aRecord('1', position + 2, inserted(row(position + 2, 'c'))),
      );
      await rig.actor.start();
      await partition.untilCommitted(partition.end);
    }
    expect(await kept.unwrittenColumns.list(10)).toEqual([
      {
        pipeline: 'order-seller',
        table: 'orders',
        column: 'note',
        changes: 2,
        firstCommitTime: '2026-01-01 00:00:00.002',
        lastCommitTime: '2026-01-01 00:00:00.005',
        ranges: [{ topic: 'cdc.order', topicEpoch: 0, partition: 0, firstOffset: '1', lastOffset: '4' }],
      },
    ]);
    kept.close();
  });

  test('fills in what was not written when the range of the counter is read again', async () => {
    await using target = await aTarget(server);
    const [schema] = target.schemas;
    const partition = new MemoryPartition();
    partition.append(
      ...[1, 2].map((id) => aRecord('1', id, inserted({ ...row(id, 'a'), note: `old ${id}` }))),
      aRecord('1', 3, inserted({ ...row(2, 'b'), note: 'newest' })),
    );
    let range: { readonly firstOffset: string; readonly lastOffset: string } | undefined;
    for (const placeEpoch of [1, 2]) {
      await using rig = buildSinkRig({ ...target.options, partition, placeEpoch });
      await rig.actor.start();
      await partition.untilCommitted(partition.end);
      if (placeEpoch === 1) {
        [range] = rig.detail().unwrittenColumns;
        await target.sql.query(`ALTER TABLE ${schema}.orders ADD COLUMN note VARCHAR(10) NULL`);
      } else {
        expect(rig.detail().unwrittenColumns).toEqual([]);
      }
      partition.committed = { offset: BigInt(range?.firstOffset ?? -1), metadata: '' }; // as a person rewinds a group
    }
    expect(range).toMatchObject({ firstOffset: '0', lastOffset: '2' });
    const [rows] = await target.sql.query(`SELECT name, note FROM ${schema}.orders ORDER BY id`);
    expect(rows).toEqual([
      { name: 'a', note: 'old 1' },
      { name: 'b', note: 'newest' },
    ]);
  });

  test('replicates on without the state database, and ends in time', async () => {
    await using target = await aTarget(server);
    await target.sql.query(`DROP DATABASE ${target.options.stateSchema}`);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 1, inserted({ ...row(1, 'a'), note: 'x' })));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect(rig.detail().unwrittenColumns).toMatchObject([{ column: 'note', changes: 1 }]);
    await rig.actor.drain(2_000);
    expect(await rig.actor.ended).toBeUndefined();
  });

  test('counts a column that is gone under the name of the table at the source, and an ignored one not at all', async () => {
    await using target = await aTarget(server);
    const [schema] = target.schemas;
    const tables = { product_order: { target: 'orders', ignoreColumns: ['amount'] } };
    await using rig = buildSinkRig({ ...target.options, tables });
    await rig.actor.start();
    const session = target.sql;
    await session.query(`USE ${schema}; LOCK TABLES orders WRITE`);
    // Prepared for a table that is another one when they are written.
    rig.partition.append(aRecord('1', 1, inserted(row(1, 'a'), 'product_order')));
    await session.query('ALTER TABLE orders DROP COLUMN name, DROP COLUMN amount; UNLOCK TABLES');
    await rig.partition.untilCommitted(1n);
    expect(rig.detail().unwrittenColumns).toMatchObject([{ table: 'product_order', column: 'name', changes: 1 }]);
    expect(rig.detail().unwrittenColumns).toHaveLength(1);
  });
});
