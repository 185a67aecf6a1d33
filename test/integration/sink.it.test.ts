/** The sink on a real MariaDB: what reaches the tables, what becomes a finding, and what a restart does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import {
  aRecord,
  buildSinkRig,
  deleted,
  inserted,
  openTestSession,
  type SinkRigOptions,
  serverIn,
  updated,
} from '../support/sink-rig.ts';

let folder: string;
let server: MariadbServer;
let tests = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-sink-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const CREATE = `CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, seller BIGINT, name VARCHAR(10), amount DECIMAL(30,4),
  ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL)`;

/** Fresh schemas with the table `orders`. */
async function aTarget(shards = 1, create = CREATE) {
  tests += 1;
  const schemas = Array.from({ length: shards }, (_, shard) => `t${tests}_${shard}`);
  const stateSchema = `s${tests}`;
  const sql = await openTestSession(server, [...schemas, stateSchema]);
  for (const schema of schemas) {
    await sql.query(`USE ${schema}; ${create}`);
  }
  const state = openStateDatabase(serverIn(server, stateSchema));
  await state.ensureSchema();
  state.close();
  const read = async (shard = 0) => {
    const [rows] = await sql.query(`SELECT id, name, amount, ergate_seq FROM ${schemas[shard]}.orders ORDER BY id`);
    return (rows as Record<string, unknown>[]).map((row) => Object.values(row).join(' '));
  };
  const findings = async () => {
    const [rows] = await sql.query(
      `SELECT CAST(offset_no AS SIGNED) AS offset_no, payload_index, stage, code, table_name, record_value FROM ${stateSchema}.ergate_finding ORDER BY 1, 2`,
    );
    return rows as Record<string, unknown>[];
  };
  const options: SinkRigOptions = { server, schemas, stateSchema, tables: { orders: {} } };
  return { sql, schemas, read, findings, options, [Symbol.asyncDispose]: async () => sql.destroy() };
}

const row = (id: number, name: string) => ({ id, seller: id, name, amount: '12345678901234567890.1234' });

describe('applying', () => {
  test('inserts, updates, deletes and primary-key changes end in the right rows, with markers', async () => {
    await using target = await aTarget();
    await using rig = buildSinkRig(target.options);
    rig.partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'b')), inserted(row(3, 'c'))),
      aRecord('1', 20, updated(row(1, 'a'), row(1, 'A'))),
      aRecord('1', 30, deleted(row(2, 'b'))),
      aRecord('1', 40, updated(row(3, 'c'), row(30, 'C'))),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(4n);

    const amount = '12345678901234567890.1234';
    expect(await target.read()).toEqual([`1 A ${amount} 1`, `30 C ${amount} 3`]);
    const [markers] = await target.sql.query(
      `SELECT ergate_yn, rpc_time FROM ${target.schemas[0]}.orders WHERE id = 1`,
    );
    expect(markers).toEqual([{ ergate_yn: 1, rpc_time: '2026-01-01 00:00:00.020' }]);
    expect(rig.detail().counts).toMatchObject({ records: 4, changes: 6, applied: 6, findings: 0, repeated: 0 });
  });

  test('rows go to the shard of their seller, and follow it when it changes', async () => {
    await using target = await aTarget(2);
    await using rig = buildSinkRig({
      ...target.options,
      shardBy: 'modulo',
      tables: { orders: { shardKey: 'seller' } },
    });
    rig.partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'b'))),
      aRecord('1', 20, updated(row(1, 'a'), { ...row(1, 'moved'), seller: 8 })),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(2n);
    expect((await target.read(0)).map((text) => text.slice(0, 7))).toEqual(['1 moved', '2 b 123']);
    expect(await target.read(1)).toEqual([]);
  });

  test('records of other tables, tombstones and heartbeats pass, and are counted', async () => {
    await using target = await aTarget();
    await using rig = buildSinkRig(target.options);
    rig.partition.append(
      { key: '1', value: null },
      aRecord('1', 10, inserted({ id: 1 }, 'elsewhere')),
      { value: '{"heartbeat":{"capture":"order"},"commitTime":1767225600000}' },
      aRecord('1', 20, inserted(row(1, 'a'))),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(4n);
    expect(rig.detail().counts).toMatchObject({ records: 4, tombstones: 1, filtered: 1, applied: 1 });
  });

  test('what a capture sends again is recognised, also after a restart of the sink', async () => {
    await using target = await aTarget();
    const records = [aRecord('1', 10, inserted(row(1, 'a'))), aRecord('1', 20, updated(row(1, 'a'), row(1, 'b')))];
    const partition = new MemoryPartition();
    {
      await using rig = buildSinkRig({ ...target.options, partition });
      partition.append(...records);
      await rig.actor.start();
      await partition.untilCommitted(2n);
    }
    await using rig = buildSinkRig({ ...target.options, partition, placeEpoch: 2 });
    partition.append(...records, aRecord('1', 30, updated(row(1, 'b'), row(1, 'c'))));
    await rig.actor.start();
    await partition.untilCommitted(5n);
    expect(rig.detail().counts).toMatchObject({ records: 3, repeated: 2, applied: 1 });
    expect(await target.read()).toEqual(['1 c 12345678901234567890.1234 4']);
  });

  test('reading everything again changes nothing', async () => {
    await using target = await aTarget();
    const partition = new MemoryPartition();
    partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), updated(row(1, 'a'), row(1, 'b'))),
      aRecord('1', 20, updated(row(1, 'b'), row(1, 'c'))),
      aRecord('1', 30, inserted(row(2, 'x'))),
    );
    {
      await using rig = buildSinkRig({ ...target.options, partition });
      await rig.actor.start();
      await partition.untilCommitted(3n);
    }
    const before = await target.read();
    partition.committed = { offset: 0n, metadata: '' };
    await using rig = buildSinkRig({ ...target.options, partition, placeEpoch: 2 });
    await rig.actor.start();
    await partition.untilCommitted(3n);
    expect(await target.read()).toEqual(before);
    expect(rig.detail().counts.repeated).toBe(0);
  });
});

describe('bad input', () => {
  const good = (id: number) => aRecord(String(id), id, inserted(row(id, 'good')));
  const goods = (from: number, count: number) => Array.from({ length: count }, (_, index) => good(from + index));

  test.each([
    ['not JSON', { value: 'hello' }, 'decode'],
    ['no bytes', { value: '' }, 'decode'],
    ['cut off', { value: '{"commitTime":1,"payloads":[{"op":"ins' }, 'decode'],
    ['an unknown operation', aRecord('1', 51, { op: 'upsert', old: null, new: row(99, 'x') }), 'decode'],
    ['no key', aRecord('1', 51, inserted({ name: 'x' })), 'route'],
    ['a NULL key', aRecord('1', 51, inserted({ id: null, name: 'x' })), undefined],
    ['a text that is too long', aRecord('1', 51, inserted(row(99, 'more than ten'))), 'write'],
    ['a word for a number', aRecord('1', 51, inserted({ ...row(99, 'x'), amount: 'twelve' })), 'write'],
    [
      'a number that the server refuses',
      aRecord('1', 51, inserted({ ...row(99, 'x'), seller: '9223372036854775808' })),
      'write',
    ],
  ])('%s becomes one finding with its record, and 150 good records arrive', async (_, bad, stage) => {
    await using target = await aTarget();
    await using rig = buildSinkRig(target.options);
    rig.partition.append(...goods(1, 50), { key: '1', ...bad }, ...goods(100, 100));
    await rig.actor.start();
    await rig.partition.untilCommitted(151n);

    expect(await target.read()).toHaveLength(150);
    const findings = await target.findings();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ offset_no: '50', ...(stage === undefined ? {} : { stage }) });
    expect(findings[0]?.['code']).toMatch(/^ERG_\d{4}$/);
    expect(String(findings[0]?.['record_value'])).toBe(bad.value);
    expect(rig.detail().counts.findings).toBe(1);
  });

  test('of a record with one bad payload the others are applied', async () => {
    await using target = await aTarget();
    await using rig = buildSinkRig(target.options);
    rig.partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'far too long a name')), inserted(row(3, 'c'))),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect((await target.read()).map((text) => text[0])).toEqual(['1', '3']);
    expect(await target.findings()).toMatchObject([
      { offset_no: '0', payload_index: 1, stage: 'write', code: 'ERG_3302' },
    ]);
  });

  test('reading a bad record again keeps one finding', async () => {
    await using target = await aTarget();
    const partition = new MemoryPartition();
    partition.append({ value: 'hello' }, good(1));
    for (const placeEpoch of [1, 2]) {
      partition.committed = placeEpoch === 1 ? undefined : { offset: 0n, metadata: '' };
      await using rig = buildSinkRig({ ...target.options, partition, placeEpoch });
      await rig.actor.start();
      await partition.untilCommitted(2n);
    }
    expect(await target.findings()).toHaveLength(1);
  });
});

describe('starting', () => {
  test('a partition that ran before and has lost its offset does not start', async () => {
    await using target = await aTarget();
    const partition = new MemoryPartition();
    partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    {
      await using rig = buildSinkRig({ ...target.options, partition });
      await rig.actor.start();
      await partition.untilCommitted(1n);
    }
    partition.committed = undefined;
    await using rig = buildSinkRig({ ...target.options, partition, placeEpoch: 2 });
    await expect(rig.actor.start()).rejects.toThrow('ERG_1201');
    expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1201' });
    expect(rig.actor.status()).toMatchObject({ state: 'failed', reason: expect.stringContaining('ERG_1201') });
  });

  test('a missing table is waited for', async () => {
    await using target = await aTarget(1, 'SELECT 1');
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await rig.actor.start();
    expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_3402') });
    await target.sql.query(`USE ${target.schemas[0]}; ${CREATE}`);
    await rig.partition.untilCommitted(1n);
    expect(rig.actor.status().state).toBe('running');
  });

  test('a newer owner fences the older one, whose later writes change nothing', async () => {
    await using target = await aTarget();
    const partition = new MemoryPartition();
    await using old = buildSinkRig({ ...target.options, partition });
    partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await old.actor.start();
    await partition.untilCommitted(1n);
    await using young = buildSinkRig({ ...target.options, partition, placeEpoch: 2 });
    await young.actor.start();
    partition.append(aRecord('1', 20, updated(row(1, 'a'), row(1, 'b'))));
    expect(await old.actor.ended).toMatchObject({ code: 'ERG_3101' });
    await partition.untilCommitted(2n);
    expect(young.detail().counts.applied).toBe(1);
    await expect(buildSinkRig({ ...target.options, partition, placeEpoch: 1 }).actor.start()).rejects.toThrow(
      'ERG_3101',
    );
  });

  test('draining finishes what was taken and commits it', async () => {
    await using target = await aTarget();
    await using rig = buildSinkRig(target.options);
    await rig.actor.start();
    rig.partition.append(
      ...Array.from({ length: 2_000 }, (_, id) => aRecord(String(id), id + 1, inserted(row(id, 'x')))),
    );
    await rig.actor.drain(10_000);
    expect(rig.partition.committed?.offset).toBe(2_000n);
    expect(await target.read()).toHaveLength(2_000);
    expect(await rig.actor.ended).toBeUndefined();
  });
});
