/** The sink on a real MariaDB: what reaches the tables, and what a restart does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { aRecord, buildSinkRig, deleted, inserted, updated } from '../support/sink-rig.ts';
import { aTarget, CREATE, row } from '../support/sink-target.ts';

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-sink-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('applying', () => {
  test('inserts, updates, deletes and primary-key changes end in the right rows, with markers', async () => {
    await using target = await aTarget(server);
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
    await using target = await aTarget(server, 2);
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
    await using target = await aTarget(server);
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
    await using target = await aTarget(server);
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
    await using target = await aTarget(server);
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

describe('starting', () => {
  test('a partition that ran before and has lost its offset does not start', async () => {
    await using target = await aTarget(server);
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
    await using target = await aTarget(server, 1, 'SELECT 1');
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await rig.actor.start();
    expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_3402') });
    await target.sql.query(`USE ${target.schemas[0]}; ${CREATE}`);
    await rig.partition.untilCommitted(1n);
    expect(rig.actor.status().state).toBe('running');
  });

  test('a newer owner fences the older one, whose later writes change nothing', async () => {
    await using target = await aTarget(server);
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
    await using target = await aTarget(server);
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
