/** Tables that one process reads for many sinks, over NATS; and what is left when it is gone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BusTableSnapshots } from '../../actors/catalog/bus-table-snapshots.ts';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { startNats } from '../../deploy/local/start-nats.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { CatalogService } from '../../supervisor/catalog/catalog-service.ts';
import { until } from '../support/kafka-rig.ts';
import { aRecord, buildSinkRig, inserted, type SinkRig, serverIn } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';

const SINKS = 6;
const FINGERPRINT = 'as the settings say';
const MARKER = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };

let rowsWritten = 0;
let folder: string;
let server: MariadbServer;
let nats: Awaited<ReturnType<typeof startNats>>;
const toEnd: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-catalog-'));
  [server, nats] = await Promise.all([startMariadb({ folder, name: 'target' }), startNats({ folder })]);
});

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) {
    await end();
  }
});

afterAll(async () => {
  await Promise.all([server.stop(), nats.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function openBus(name: string): Promise<MessageBus> {
  const bus = await openNatsBus({ servers: [nats.url], name, logger: silentLogger, requestTimeoutMs: 1_000 });
  toEnd.push(() => bus.close());
  await until(`${name} is connected`, () => bus.isConnected);
  return bus;
}

type Target = Awaited<ReturnType<typeof aTarget>>;

/** @param everyMs between two readings */
async function startService({ schemas: [schema = ''] }: Target, everyMs: number): Promise<CatalogService> {
  const service = new CatalogService({
    environment: 'test',
    bus: await openBus('supervisor'),
    openShards: () => [
      {
        pipeline: 'order-seller',
        fingerprint: FINGERPRINT,
        tables: ['orders'],
        shard: openMysqlTargetShard({
          name: schema,
          server: serverIn(server, schema),
          marker: MARKER,
          primaryKeys: new Map(),
          logger: silentLogger,
        }),
      },
    ],
    clock: systemClock,
    log: silentLogger,
    everyMs,
  });
  toEnd.push(() => service.stop());
  service.start();
  return service;
}

async function startSinks({ options, schemas: [schema = ''] }: Target, count: number) {
  const bus = await openBus('node');
  const fingerprints = new Map([[schema, FINGERPRINT]]);
  const snapshots = new BusTableSnapshots({ bus, environment: 'test', pipeline: 'order-seller', fingerprints });
  const rigs = Array.from({ length: count }, (_, number) => buildSinkRig({ ...options, number, snapshots }));
  toEnd.push(() => Promise.all(rigs.map((rig) => rig[Symbol.asyncDispose]())));
  await Promise.all(rigs.map(({ actor }) => actor.start()));
  return { rigs, snapshots };
}

/** One row by each sink. */
async function write(rigs: readonly SinkRig[], more: object): Promise<void> {
  await Promise.all(
    rigs.map(async ({ partition }) => {
      rowsWritten += 1;
      const position = partition.records.length + 1;
      partition.append(aRecord('k', position, inserted({ id: rowsWritten, seller: 1, name: 'a', ...more })));
      await partition.untilCommitted(partition.end);
    }),
  );
}

async function ask({ sql }: Target, query: string): Promise<number> {
  const [rows] = await sql.query(query);
  return Number(Object.values((rows as object[])[0] ?? {})[0]);
}

/** Statements that read the columns of tables, by the log of the server. */
async function countReadings(target: Target, work: () => Promise<void>): Promise<number> {
  await target.sql.query(
    "SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 0; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1",
  );
  await work();
  await target.sql.query('SET GLOBAL general_log = 0');
  return ask(
    target,
    "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE 'SELECT TABLE_NAME%information_schema.COLUMNS%'",
  );
}

test('many sinks start with the tables that one has read, and hear from it of a new column', async () => {
  await using target = await aTarget(server);
  const [schema] = target.schemas;
  await startService(target, 100);
  const alone = await countReadings(target, async () => {
    const { rigs } = await startSinks(target, SINKS);
    await write(rigs, { note: 'lost' });
    await target.sql.query(`ALTER TABLE ${schema}.orders ADD COLUMN note VARCHAR(10) NULL`);
    // Their own look would come a minute later.
    const kept = `SELECT COUNT(*) FROM ${schema}.orders WHERE note = 'kept'`;
    for (const rig of rigs) {
      const before = await ask(target, kept);
      while ((await ask(target, kept)) === before) {
        await write([rig], { note: 'kept' });
      }
    }
    expect(rigs.map((rig) => rig.detail().unwrittenColumns[0]?.column)).toEqual(rigs.map(() => 'note'));
  });
  const readers = await ask(
    target,
    `SELECT COUNT(DISTINCT thread_id) FROM mysql.general_log
    WHERE argument LIKE 'SELECT TABLE_NAME%information_schema.COLUMNS%'`,
  );
  expect(alone).toBeGreaterThan(0);
  expect(readers).toBe(1);
});

test('what one sink finds out is known to all before they stumble over it', async () => {
  await using target = await aTarget(server);
  const [schema] = target.schemas;
  await startService(target, 60_000);
  const { rigs, snapshots } = await startSinks(target, SINKS);
  await write(rigs, {});
  await target.sql.query(`ALTER TABLE ${schema}.orders DROP COLUMN name`);
  const [first, ...others] = rigs;
  const heard = Promise.withResolvers<void>();
  using _hearing = snapshots.onChange(target.schemas[0] ?? '', heard.resolve);
  await write(first === undefined ? [] : [first], {});
  await heard.promise;
  await snapshots.ask(target.schemas[0] ?? '', 'another version'); // answered behind those who heard it before us
  await write(others, {});
  expect(await target.findings()).toEqual([]);
  expect(first?.detail().counts.retries).toBe(1);
  expect(others.filter((rig) => rig.detail().counts.retries === 0)).toHaveLength(others.length);
});

test('a service with other settings does not answer', async () => {
  await using target = await aTarget(server);
  const [schema = ''] = target.schemas;
  await startService(target, 60_000);
  const bus = await openBus('node');
  const asOf = (fingerprint: string) =>
    new BusTableSnapshots({
      bus,
      environment: 'test',
      pipeline: 'order-seller',
      fingerprints: new Map([[schema, fingerprint]]),
    }).ask(schema, undefined);
  expect(await asOf('another key')).toBeUndefined();
  expect(await asOf(FINGERPRINT)).toMatchObject({ version: expect.any(String) });
});

test('without the service, and without NATS, sinks start and follow the tables themselves', async () => {
  await using target = await aTarget(server);
  const [schema] = target.schemas;
  const service = await startService(target, 60_000);
  const { rigs } = await startSinks(target, 2);
  await write(rigs, {});
  service.stop();
  await target.sql.query(`ALTER TABLE ${schema}.orders DROP COLUMN name`);
  await write(rigs, {});

  await nats.stop();
  await target.sql.query(`ALTER TABLE ${schema}.orders DROP COLUMN amount, ADD COLUMN name VARCHAR(10) NULL`);
  await write(rigs, { amount: '1.0000' });
  const cutOff = buildSinkRig({
    ...target.options,
    number: 7,
    snapshots: new BusTableSnapshots({
      bus: await openNatsBus({ servers: [nats.url], name: 'late', logger: silentLogger, requestTimeoutMs: 1_000 }),
      environment: 'test',
      pipeline: 'order-seller',
      fingerprints: new Map(),
    }),
  });
  toEnd.push(() => cutOff[Symbol.asyncDispose]());
  await cutOff.actor.start();
  await write([cutOff], {});
  expect(await target.findings()).toEqual([]);
  expect(await ask(target, `SELECT COUNT(*) FROM ${schema}.orders`)).toBe(7);
});
