/** A verifier beside a sink, on a real Kafka and a real MariaDB: what somebody damages at the target is reported in time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { openRowReaders } from '../../supervisor/open-row-readers.ts';
import { KafkaRig, until } from '../support/kafka-rig.ts';
import { MemoryNetwork } from '../support/memory-bus.ts';
import { MemoryFindingStore } from '../support/memory-finding-store.ts';
import { MemoryRangeStore } from '../support/memory-range-store.ts';
import { MemoryRecovery } from '../support/memory-recovery.ts';
import { aRecord, buildSinkRig, deleted, inserted, serverIn } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';

const DELAY_MS = 2_000;
const LATE_MS = DELAY_MS + 10_000;
const ROWS = 200;

let folder: string;
let server: MariadbServer;
let kafka: KafkaRig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-verifier-'));
  [server, kafka] = await Promise.all([startMariadb({ folder, name: 'both' }), KafkaRig.open()]);
});

afterAll(async () => {
  await Promise.all([server?.stop(), kafka?.close()]);
  await rm(folder, { recursive: true, force: true });
});

const row = (id: number) => ({ id, seller: id, name: `row ${id}`, amount: '12345678901234567890.1234' });
const values = (id: number) => `(${id}, ${id}, 'row ${id}', 12345678901234567890.1234)`;
const ids = Array.from({ length: ROWS }, (_, index) => index + 1);

/** By the id of a row; its seller decides the shard. */
const DAMAGES: Readonly<Record<number, { readonly sql: string; readonly found: string }>> = {
  1: { sql: "SET name = 'other'", found: 'different name' },
  2: { sql: "SET name = 'ROW 2'", found: 'different name' },
  3: { sql: "SET name = 'row 3 '", found: 'different name' },
  4: { sql: "SET name = ''", found: 'different name' },
  5: { sql: 'SET name = NULL', found: 'different name' },
  6: { sql: 'SET amount = amount + 0.0001', found: 'different amount' },
  7: { sql: 'SET seller = 9, amount = NULL', found: 'different seller,amount' },
  8: { sql: "SET name = 'newer', ergate_seq = ergate_seq + 1000000", found: 'different name' },
  9: { sql: "SET name = 'nobody', ergate_seq = NULL", found: 'different name' },
};
const GONE = [10, 11];
/** Deleted at the source, and there again at the target. */
const BACK = 200;

test('every damage is reported in time, and nothing else, over a restart of the verifier', async () => {
  await using target = await aTarget(server, 2);
  const { sql, schemas } = target;
  await sql.query(`CREATE OR REPLACE DATABASE source; USE source;
    CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, seller BIGINT, name VARCHAR(10), amount DECIMAL(30,4));
    INSERT INTO orders VALUES ${ids.filter((id) => id !== BACK).map(values)}`);
  const topic = await kafka.createTopic();
  const tables = { orders: { shardKey: 'seller' } };
  const settings = settingsSchema.shape.pipelines.unwrap().valueType.parse({
    source: { database: 'order', topic },
    target: { database: 'target', shardBy: 'modulo' },
    tables,
    verification: { delay: `${DELAY_MS}ms` },
  });
  const openStream = (group: string, placeEpoch: number) => (events: RecordStreamEvents, purpose: string) =>
    new KafkajsRecordStream({
      address: { brokers: kafka.server.brokers, clientId: 'ergate-test' },
      position: { topic, partition: 0, group: purpose === group ? `${topic}.${group}` : `${topic}.${purpose}` },
      placeEpoch,
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      events,
    });
  await using sink = buildSinkRig({ ...target.options, shardBy: 'modulo', tables, openStream: openStream('sink', 1) });
  const admin = new KafkajsStreamAdmin({
    address: { brokers: kafka.server.brokers, clientId: 'ergate-test' },
    clock: systemClock,
    log: silentLogger,
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.close());
  const source = new MysqlSourceDatabase({ server: serverIn(server, 'source') });
  const servers = schemas.map((name) => ({ name, ...serverIn(server, name) }));
  const readers = openRowReaders({ driver: 'mysql', shards: servers }, settings);
  const sourceRows = source.openRowReader(new Map());
  stack.defer(() => {
    for (const one of [sourceRows, source, ...readers.map(({ primary }) => primary)]) {
      one.close();
    }
  });
  const network = new MemoryNetwork(systemClock);
  const recovery = new MemoryRecovery(network, () => false, Math.random);
  const ranges = new MemoryRangeStore();
  const openLookup = () => {
    throw new ReplicationError('ERG_2102', 'no look-ups in this test');
  };
  const startVerifier = async (placeEpoch: number): Promise<Actor> => {
    const targets = readers.map(({ name, primary }) => ({ name, reader: primary }));
    const actor = createVerifierActor({
      environment: 'test',
      pipeline: 'p',
      partition: 0,
      settings,
      group: `${topic}.verifier`,
      placeEpoch,
      openStream: openStream('verifier', placeEpoch),
      readSink: () => admin.readCommitted({ topic, partition: 0, group: `${topic}.sink` }),
      shards: servers.map((one) =>
        openMysqlTargetShard({
          name: one.name,
          server: one,
          marker: settings.marker,
          primaryKeys: new Map(),
          logger: silentLogger,
        }),
      ),
      readerOf: (shard) => readers.find(({ name }) => name === shard)?.first ?? sourceRows,
      witness: createRowWitness({ settings, source: sourceRows, targets, openLookup, clock: systemClock }),
      source: sourceRows,
      marks: { take: async () => ({ isPublished: async () => true }) }, // here nothing is captured
      ranges,
      findings: new MemoryFindingStore(),
      bus: network.open('verifier', silentLogger),
      openLookup,
      clock: systemClock,
      logger: silentLogger,
      random: Math.random,
    });
    stack.defer(() => actor.stop());
    await actor.start();
    return actor;
  };
  const detailOf = (actor: Actor) => actor.status().detail as VerifierDetail;
  const reported = () =>
    new Map(
      recovery.reports.map(({ row: { targetKey, shard }, kind, columns }) => [
        `${shard} ${targetKey[0]?.[1]}`,
        [kind, columns.join()].filter((text) => text !== '').join(' '),
      ]),
    );

  await sink.actor.start();
  const first = await startVerifier(1);
  const inserts = ids.map((id) => aRecord(String(id), id, inserted(row(id))));
  const last = aRecord(String(BACK), ROWS + 1, deleted(row(BACK)));
  const messages = [...inserts, last].map((record) => ({ ...record, partition: 0 }));
  await kafka.producer.send({ topic, messages });
  await until('all is applied', () => sink.detail().committedOffset === String(messages.length));
  expect(detailOf(first).counts.due).toBe(0); // nothing was old enough yet
  for (const [id, { sql: set }] of Object.entries(DAMAGES)) {
    await sql.query(`UPDATE ${schemas[Number(id) % 2]}.orders ${set} WHERE id = ${id}`);
  }
  for (const id of GONE) {
    await sql.query(`DELETE FROM ${schemas[id % 2]}.orders WHERE id = ${id}`);
  }
  await sql.query(`INSERT INTO ${schemas[BACK % 2]}.orders VALUES ${values(BACK).replace(')', ', 1, NOW(), 1)')}`);
  const damagedMs = performance.now();
  const damages = Object.keys(DAMAGES).length + GONE.length + 1;
  await until('all is reported', () => reported().size >= damages, LATE_MS);
  expect(performance.now() - damagedMs).toBeLessThan(LATE_MS);
  await first.stop();

  const second = await startVerifier(2);
  await until('all is verified', () => detailOf(second).verifiedOffset === String(messages.length));
  await second.drain(5_000);
  await until('all is committed', () => second.status().state === 'stopped');
  expect((await admin.readCommitted({ topic, partition: 0, group: `${topic}.verifier` }))?.offset).toBe(
    BigInt(messages.length),
  );
  const expected = [
    ...Object.entries(DAMAGES).map(([id, { found }]) => [`${schemas[Number(id) % 2]} ${id}`, found] as const),
    ...GONE.map((id) => [`${schemas[id % 2]} ${id}`, 'missing'] as const),
    [`${schemas[BACK % 2]} ${BACK}`, 'extra'] as const,
  ];
  expect(reported()).toEqual(new Map(expected));
  expect(ranges.ranges.size).toBe(0);
}, 60_000);
