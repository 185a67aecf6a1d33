/** Shards and tables of real servers that go away and come back, under one sink. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Breaker } from '../../actors/breaker/breaker.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { validateShard } from '../../actors/target/mysql/validate-shard.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { fastClock } from '../support/fast-clock.ts';
import { until } from '../support/kafka-rig.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import {
  aRecord,
  buildSinkRig,
  inserted,
  openTestSession,
  type RigServer,
  type SinkRigOptions,
  serverIn,
  updated,
} from '../support/sink-rig.ts';
import { aTarget, CREATE, row } from '../support/sink-target.ts';

let folder: string;
let server: MariadbServer;
/** The one that goes away. */
let other: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-parking-'));
  [server, other] = await Promise.all([
    startMariadb({ folder, name: 'target' }),
    startMariadb({ folder, name: 'other' }),
  ]);
});

afterAll(async () => {
  await Promise.all([server.stop(), other.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** The waits of a sink are of seconds. */
const FASTER = 5;

/** Two shards, the second one on the other server. Rows with odd sellers go there. */
async function aPair() {
  const near = await aTarget(server);
  const far = await aTarget(other);
  const [nearSchema = '', farSchema = ''] = [...near.schemas, ...far.schemas];
  const serverOf = (schema: string): RigServer => (schema === farSchema ? other : server);
  const gate = new Breaker({
    pipeline: 'p',
    shard: farSchema,
    rules: { failures: 5, openForMs: 1_000 },
    validate: () => validateShard(farSchema, serverIn(other, farSchema)),
    onChange: () => {},
    clock: systemClock,
    logger: silentLogger,
  });
  const calm = new Breaker({
    pipeline: 'p',
    shard: nearSchema,
    rules: { failures: 5, openForMs: 1_000 },
    validate: () => validateShard(nearSchema, serverIn(server, nearSchema)),
    onChange: () => {},
    clock: systemClock,
    logger: silentLogger,
  });
  const options: SinkRigOptions = {
    ...near.options,
    schemas: [nearSchema, farSchema],
    shardBy: 'modulo',
    tables: { orders: { shardKey: 'seller' } },
    settings: { breaker: { parkAfter: '3s' } },
    clock: fastClock(FASTER),
    gateOf: (shard) => (shard === farSchema ? gate : calm),
    openShard: (name, marker) =>
      openMysqlTargetShard({
        name,
        server: serverIn(serverOf(name), name),
        marker,
        primaryKeys: new Map(),
        logger: silentLogger,
      }),
  };
  return {
    near,
    far,
    gate,
    options,
    [Symbol.asyncDispose]: async () => {
      gate[Symbol.dispose]();
      calm[Symbol.dispose]();
      near.sql.destroy();
      far.sql.destroy();
    },
  };
}

const names = (rows: readonly string[]) => rows.map((text) => text.split(' ').slice(0, 2).join(' '));

describe('a shard', () => {
  test('that is frozen opens its breaker, is left out, and gets everything when it answers', async () => {
    await using pair = await aPair();
    await using rig = buildSinkRig(pair.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'b'))));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);

    process.kill(other.pid, 'SIGSTOP');
    try {
      rig.partition.append(
        aRecord('1', 20, updated(row(1, 'a'), row(1, 'A'))),
        aRecord('2', 30, updated(row(2, 'b'), row(2, 'B'))),
        aRecord('3', 40, inserted(row(3, 'c'))),
      );
      await until('the breaker is open', () => pair.gate.refusal !== undefined, 15_000);
      await until('the shard is left out', () => rig.detail().parked.length === 1, 30_000);
      expect(rig.detail()).toMatchObject({ parked: [{ table: undefined, state: 'parked', fromOffset: '1' }] });
      rig.partition.append(aRecord('4', 50, inserted(row(4, 'd'))));
      await rig.partition.untilCommitted(5n);
      expect(names(await pair.near.read())).toEqual(['2 B', '4 d']);
      expect(rig.detail().lagRecords).toBe(4);
    } finally {
      process.kill(other.pid, 'SIGCONT');
    }
    await rig.partition.untilWhole();
    expect(names(await pair.far.read())).toEqual(['1 A', '3 c']);
    expect(rig.detail()).toMatchObject({ parked: [], lagRecords: 0, counts: { findings: 0 } });
  });

  test('that is away at the start does not keep the sink from starting for the others', async () => {
    await using pair = await aPair();
    const partition = new MemoryPartition();
    partition.append(aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'b'))));
    {
      await using before = buildSinkRig({ ...pair.options, partition });
      await before.actor.start();
      await partition.untilCommitted(1n);
    }
    await other.killHard();
    await using rig = buildSinkRig({ ...pair.options, partition, placeEpoch: 2 });
    partition.append(aRecord('2', 20, inserted(row(4, 'd'))), aRecord('3', 30, updated(row(1, 'a'), row(1, 'A'))));
    const started = rig.actor.start();
    await partition.untilCommitted(3n);
    await started;
    expect(names(await pair.near.read())).toEqual(['2 b', '4 d']);
    expect(rig.detail().parked).toMatchObject([{ table: undefined, fromOffset: '1' }]);
    await other.start();
    await partition.untilWhole();
    await using again = await readAgain(pair.far.schemas[0] ?? '');
    expect(again.names).toEqual(['1 A']);
  });

  test('that a row leaves for one that is away keeps the row until it is there', async () => {
    await using pair = await aPair();
    await using rig = buildSinkRig(pair.options);
    rig.partition.append(aRecord('1', 10, inserted(row(2, 'b')), inserted(row(1, 'a'))));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    pair.gate.hold('a test');
    rig.partition.append(
      aRecord('1', 20, updated(row(1, 'a'), row(1, 'A'))),
      aRecord('2', 30, updated(row(2, 'b'), { ...row(2, 'moved'), seller: 3 })),
    );
    await until('the shard is left out', () => rig.detail().parked.length === 1);
    rig.partition.append(aRecord('4', 40, inserted(row(4, 'd'))));
    await rig.partition.untilCommitted(4n);
    expect(names(await pair.near.read())).toEqual(['2 b', '4 d']);
    pair.gate.release();
    await rig.partition.untilWhole();
    expect(names(await pair.near.read())).toEqual(['4 d']);
    expect(names(await pair.far.read())).toEqual(['1 A', '2 moved']);
  });
});

describe('a table', () => {
  test('that is dropped is left out alone, and gets everything when it is back', async () => {
    const items = CREATE.replace('TABLE orders', 'TABLE items');
    await using target = await aTarget(server, 1, `${CREATE}; ${items}`);
    const [schema = ''] = target.schemas;
    await using rig = buildSinkRig({
      ...target.options,
      tables: { orders: {}, items: {} },
      settings: { breaker: { parkAfter: '3s' } },
      clock: fastClock(FASTER),
    });
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a')), inserted(row(1, 'a'), 'items')));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    await target.sql.query(`DROP TABLE ${schema}.items`);
    rig.partition.append(aRecord('1', 20, inserted(row(2, 'b')), inserted(row(2, 'b'), 'items')));
    await until('the table is left out', () => rig.detail().parked.length === 1);
    expect(rig.detail().parked).toMatchObject([{ table: 'items', reason: expect.stringContaining('ERG_3402') }]);
    rig.partition.append(aRecord('1', 30, inserted(row(3, 'c'))));
    await rig.partition.untilCommitted(3n);
    expect(names(await target.read())).toEqual(['1 a', '2 b', '3 c']);
    await target.sql.query(`USE ${schema}; ${items}`);
    await rig.partition.untilWhole();
    const [found] = await target.sql.query(`SELECT id FROM ${schema}.items`);
    expect(found).toEqual([{ id: '2' }]);
  });
});

describe('a table that must not be written as it is', () => {
  test('is left out at once, without a finding, and gets everything when it is mended', async () => {
    const items = CREATE.replace('TABLE orders', 'TABLE items');
    await using target = await aTarget(server, 1, `${CREATE}; ${items}`);
    const [schema = ''] = target.schemas;
    await using rig = buildSinkRig({ ...target.options, tables: { orders: {}, items: {} }, clock: fastClock(FASTER) });
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a')), inserted(row(1, 'a'), 'items')));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    await target.sql.query(`ALTER TABLE ${schema}.items DROP PRIMARY KEY`);
    // A change that fails makes the tables be read again; what is written before that finds no key at the server.
    rig.partition.append(aRecord('1', 20, inserted({ ...row(2, 'b'), name: 'much too long' })));
    await until('the table is left out', () => rig.detail().parked.length === 1);
    expect(rig.detail().parked).toMatchObject([{ table: 'items', reason: expect.stringContaining('ERG_3504') }]);
    rig.partition.append(aRecord('1', 30, inserted(row(3, 'c')), updated(row(1, 'a'), row(1, 'c'), 'items')));
    await rig.partition.untilCommitted(3n);
    expect(names(await target.read())).toEqual(['1 a', '3 c']);
    await target.sql.query(`ALTER TABLE ${schema}.items ADD PRIMARY KEY (id)`);
    await rig.partition.untilWhole();
    const [found] = await target.sql.query(`SELECT id, name FROM ${schema}.items`);
    expect(found).toEqual([{ id: '1', name: 'c' }]);
    expect((await target.findings()).map(({ code }) => code)).toEqual(['ERG_3302']);
  });

  test('in which every row fails in the same way is left out before many findings are made, and gets everything', async () => {
    await using pair = await aPair();
    await using rig = buildSinkRig(pair.options);
    const [schema = ''] = pair.near.schemas;
    await pair.near.sql.query(`CREATE TRIGGER ${schema}.broken BEFORE INSERT ON ${schema}.orders FOR EACH ROW
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'out of order'`);
    const ids = Array.from({ length: 60 }, (_, index) => 2 * index + 2);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await rig.actor.start();
    rig.partition.append(...ids.map((id) => aRecord(`${id}`, 20 + id, inserted(row(id, 'b')))));
    await until('the table is left out', () => rig.detail().parked.length === 1, 30_000);
    expect(rig.detail().parked).toMatchObject([{ shard: schema, table: 'orders', state: 'parked' }]);
    rig.partition.append(aRecord('3', 500, inserted(row(3, 'c'))));
    await rig.partition.untilCommitted(62n);
    expect(names(await pair.far.read())).toEqual(['1 a', '3 c']);
    await pair.near.sql.query(`DROP TRIGGER ${schema}.broken`);
    await rig.partition.untilWhole();
    const found = new Set((await pair.near.findings()).map((finding) => Number(finding['offset_no'])));
    expect(found.size).toBeGreaterThan(0);
    expect(found.size).toBeLessThan(40);
    const written = new Set((await pair.near.read()).map((text) => Number.parseInt(text, 10)));
    expect(ids.filter((id, index) => !written.has(id) && !found.has(index + 1))).toEqual([]);
  });

  test('does not keep a sink from starting for the first time', async () => {
    const items = CREATE.replace('TABLE orders', 'TABLE items').replace(' PRIMARY KEY', '');
    await using target = await aTarget(server, 1, `${CREATE}; ${items}`);
    await using rig = buildSinkRig({ ...target.options, tables: { orders: {}, items: {} }, clock: fastClock(FASTER) });
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a')), inserted(row(1, 'a'), 'items')));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect(names(await target.read())).toEqual(['1 a']);
    await target.sql.query(`ALTER TABLE ${target.schemas[0]}.items ADD PRIMARY KEY (id)`);
    await rig.partition.untilWhole();
    expect(rig.detail()).toMatchObject({ parked: [], counts: { findings: 0 } });
    const [found] = await target.sql.query(`SELECT id FROM ${target.schemas[0]}.items`);
    expect(found).toEqual([{ id: '1' }]);
  });
});

async function readAgain(schema: string) {
  const sql = await openTestSession(other, []);
  const [rows] = await sql.query(`SELECT id, name FROM ${schema}.orders ORDER BY id`);
  return {
    names: (rows as Record<string, unknown>[]).map((one) => Object.values(one).join(' ')),
    [Symbol.asyncDispose]: async () => sql.destroy(),
  };
}
