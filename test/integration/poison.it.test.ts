/**
 * I9: records that nobody can apply, among many that are fine, from a real Kafka through a whole sink. Each is one finding,
 * the offset passes it soon, later changes of its row arrive, and the changes of other rows hardly take longer meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { latencyPercentile, subtractLatency } from '../../protocol/message/latency-histogram.ts';
import { countUnaccounted, recount } from '../support/count-changes.ts';
import { KafkaRig, until } from '../support/kafka-rig.ts';
import { aRecord, buildSinkRig, inserted, type SinkRig } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';

/** So long without, and so long with each kind. */
const PHASE_MS = 1_500;
/** Between two loads of records. */
const TICK_MS = 20;
const RECORDS_PER_TICK = 20;
/** In a phase with poison, one in so many loads has it. */
const POISON_EVERY = 12;
const PASSES_WITHIN_MS = 5_000;
const MAY_GROW_MS = 500;

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const CREATE = `CREATE TABLE orders (id BIGINT PRIMARY KEY, seller BIGINT, name VARCHAR(10), stamp DATETIME(6), ${MARKERS},
    CHECK (name <> 'refused'));
  CREATE TABLE items (id BIGINT PRIMARY KEY, po BIGINT, ${MARKERS});
  CREATE TABLE labels (id BIGINT PRIMARY KEY, seller BIGINT, name VARCHAR(10) UNIQUE, ${MARKERS});
  CREATE TABLE parts (id BIGINT PRIMARY KEY, seller BIGINT, parent BIGINT REFERENCES orders (id), ${MARKERS})`;
const TABLES = {
  orders: { shardKey: 'seller' },
  items: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'po' } },
  labels: { shardKey: 'seller' },
  parts: { shardKey: 'seller' },
};
/** Poison is about rows of its own from here on; those of the load are below. */
const POISON_ID = 1_000_000;
const LOAD_ROWS = 5_000;

let folder: string;
let server: MariadbServer;
let kafka: KafkaRig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-poison-'));
  [server, kafka] = await Promise.all([startMariadb({ folder, name: 'target' }), KafkaRig.open()]);
});

afterAll(async () => {
  await Promise.all([server.stop(), kafka.close()]);
  await rm(folder, { recursive: true, force: true });
});

const order = (id: number, name: string) => ({ id, seller: id, name, stamp: stampNow() });
const stampNow = () => new Date().toISOString().replace('T', ' ').replace('Z', '');

/** cured: a later change of the same row that can be applied. */
const POISONS: readonly {
  readonly code: string;
  readonly spoil: (id: number) => object | string;
  readonly table?: string;
  readonly cure?: (id: number) => object;
}[] = [
  { code: 'ERG_1002', spoil: () => '{"commitTime":1,"payloads":[{"op":"ins' },
  { code: 'ERG_3303', spoil: () => ({ seller: 1, name: 'no key' }) },
  { code: 'ERG_2002', spoil: (id) => ({ ...order(id, 'x'), seller: 'here' }), cure: (id) => order(id, 'cured') },
  { code: 'ERG_2001', spoil: (id) => ({ id, po: id }), table: 'items' },
  { code: 'ERG_3302', spoil: (id) => order(id, 'far too long'), cure: (id) => order(id, 'cured') },
  { code: 'ERG_3205', spoil: (id) => order(id, 'refused'), cure: (id) => order(id, 'cured') },
  {
    code: 'ERG_3207',
    spoil: (id) => ({ id, seller: 0, name: 'taken' }),
    table: 'labels',
    cure: (id) => ({ id, seller: 0, name: `n${id}` }),
  },
  {
    code: 'ERG_3206',
    spoil: (id) => ({ id, seller: 0, parent: -1 }),
    table: 'parts',
    cure: (id) => ({ id, seller: 0, parent: null }),
  },
];

type Poison = (typeof POISONS)[number];

interface Sent {
  readonly kind: Poison;
  readonly id: number;
  readonly offset: number;
  readonly atMs: number;
}

/** What is sent to the one partition, and what of it cannot be applied. */
class Producer {
  readonly poisons: Sent[] = [];
  readonly values: string[] = [];
  readonly #topic: string;
  #position = 0;
  #rows = 0;

  constructor(topic: string) {
    this.#topic = topic;
  }

  async run(ms: number, kind: Poison | undefined): Promise<void> {
    const endMs = performance.now() + ms;
    for (let tick = 0; performance.now() < endMs; tick += 1) {
      await (kind !== undefined && tick % POISON_EVERY === 0
        ? this.#sendPoison(kind)
        : this.send(this.#load(RECORDS_PER_TICK)));
      await pause(TICK_MS);
    }
  }

  /** @returns the offset of the first one */
  async send(values: readonly string[]): Promise<number> {
    const messages = values.map((value): Message => ({ partition: 0, key: 'key', value }));
    const [sent] = await kafka.producer.send({ topic: this.#topic, messages });
    this.values.push(...values);
    return Number(sent?.baseOffset);
  }

  put(after: object, table = 'orders'): string {
    this.#position += 10;
    return aRecord('key', this.#position, inserted(after, table)).value;
  }

  /** Sent together with its poison, a cure would be folded over it. */
  async cure(kind: Poison): Promise<void> {
    const { cure, table } = kind;
    const ids = this.poisons.filter((one) => one.kind === kind).map(({ id }) => id);
    await this.send(cure === undefined ? [] : ids.map((id) => this.put(cure(id), table)));
  }

  #load(count: number): string[] {
    return Array.from({ length: count }, () => {
      this.#rows += 1;
      return this.put(order(this.#rows % LOAD_ROWS, `n${this.#rows}`));
    });
  }

  /** In the midst of others. */
  async #sendPoison(kind: Poison): Promise<void> {
    const id = POISON_ID + this.poisons.length;
    const spoilt = kind.spoil(id);
    const before = this.#load(RECORDS_PER_TICK / 2);
    const poison = typeof spoilt === 'string' ? spoilt : this.put(spoilt, kind.table);
    const after = this.#load(RECORDS_PER_TICK / 2);
    const atMs = performance.now();
    const first = await this.send([...before, poison, ...after]);
    this.poisons.push({ kind, id, offset: first + before.length, atMs });
  }
}

/** What the broker has as committed, asked again and again by somebody else than the sink. */
class CommitWatch {
  readonly seen: { readonly offset: number; readonly atMs: number }[] = [];
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(topic: string) {
    this.#running = this.#run(topic);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** How long after it was sent the offset was passed, ms; Infinity: never. */
  passedAfterMs({ offset, atMs }: Sent): number {
    return (this.seen.find((one) => one.offset > offset)?.atMs ?? Number.POSITIVE_INFINITY) - atMs;
  }

  async #run(topic: string): Promise<void> {
    while (!this.#isStopped) {
      const committed = await kafka.readCommitted(topic);
      this.seen.push({ offset: Number(committed ?? -1), atMs: performance.now() });
    }
  }
}

let target: Awaited<ReturnType<typeof aTarget>>;
let sink: SinkRig;
let producer: Producer;
let watch: CommitWatch;
let calmMs: number;

beforeAll(async () => {
  target = await aTarget(server, 2, CREATE);
  const topic = await kafka.createTopic();
  sink = openSink(topic);
  await sink.actor.start();
  producer = new Producer(topic);
  await producer.send([producer.put({ id: 1, seller: 0, name: 'taken' }, 'labels')]);
  await producer.run(1_000, undefined); // the first writes open sessions and read tables
  await untilCommitted();
  calmMs = await measureP99Ms(undefined);
  watch = new CommitWatch(topic);
});

afterAll(async () => {
  await watch.stop();
  await sink[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

test.each(POISONS)(
  '$code: the offset passes it soon, and other rows hardly wait',
  { timeout: 60_000 },
  async (kind) => {
    const poisonedMs = await measureP99Ms(kind);
    const own = producer.poisons.filter((one) => one.kind === kind);
    await until('the broker tells so', () => (watch.seen.at(-1)?.offset ?? 0) >= producer.values.length);
    const slowestMs = Math.max(...own.map((one) => watch.passedAfterMs(one)));
    process.stdout.write(
      `${kind.code}: ${own.length} passed within ${Math.round(slowestMs)} ms; ` +
        `p99 of others ${calmMs.toFixed(1)} ms without, ${poisonedMs.toFixed(1)} ms with\n`,
    );
    expect(own.length).toBeGreaterThan(2);
    expect(slowestMs).toBeLessThan(PASSES_WITHIN_MS);
    expect(poisonedMs).toBeLessThan(2 * calmMs + MAY_GROW_MS);
    await producer.cure(kind);
  },
);

/** Of what is applied meanwhile. */
async function measureP99Ms(kind: Poison | undefined): Promise<number> {
  await untilCommitted();
  const { latency } = sink.detail();
  await producer.run(PHASE_MS, kind);
  await untilCommitted();
  return latencyPercentile(subtractLatency(sink.detail().latency, latency), 0.99);
}

test('each has one finding, all that was taken is accounted for, and later changes of the rows arrived', async () => {
  await untilCommitted();
  const { poisons, values } = producer;
  const findings = await target.findings();
  expect(findings.map((one) => [Number(one['offset_no']), one['code']])).toEqual(
    poisons.map(({ offset, kind }) => [offset, kind.code]),
  );
  const detail = sink.detail();
  expect(countUnaccounted(detail)).toBe(0);
  expect(detail.counts).toMatchObject({
    ...recount(
      values.map((value) => Buffer.from(value)),
      Object.keys(TABLES),
    ),
    refused: poisons.length,
  });
  const cured = poisons.filter(({ kind }) => kind.cure !== undefined);
  expect(await readCured()).toEqual(cured.map(({ id, kind: { table = 'orders' } }) => `${table} ${id}`));
});

async function readCured(): Promise<readonly string[]> {
  const { sql, schemas } = target;
  const selects = schemas.flatMap((schema) =>
    Object.keys(TABLES).map(
      (table) => `SELECT '${table}' AS name, id FROM ${schema}.${table} WHERE id >= ${POISON_ID}`,
    ),
  );
  const [rows] = await sql.query(`${selects.join(' UNION ALL ')} ORDER BY id`);
  return (rows as { name: string; id: string }[]).map(({ name, id }) => `${name} ${id}`);
}

function openSink(topic: string): SinkRig {
  return buildSinkRig({
    ...target.options,
    tables: TABLES,
    shardBy: 'modulo',
    settings: { latencyColumn: 'stamp' },
    openLookup: () => ({ learnFrom: undefined, findMany: async () => new Map() }),
    openStream: (events) =>
      new KafkajsRecordStream({
        address: { brokers: kafka.server.brokers, clientId: 'ergate-test' },
        position: { topic, partition: 0, group: `${topic}.group` },
        placeEpoch: 1,
        sessionTimeoutMs: 6_000,
        clock: systemClock,
        random: () => 0,
        log: silentLogger,
        events,
      }),
  });
}

function untilCommitted(): Promise<void> {
  return until('everything is committed', () => sink.detail().committedOffset === String(producer.values.length));
}
