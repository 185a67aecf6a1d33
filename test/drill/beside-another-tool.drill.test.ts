/**
 * npm run drill -- beside-another-tool: the change-over from another replication tool, on a real Kafka and a real MariaDB: ergate verifies what the other tool
 * writes, with SELECT alone; then both write the same tables; then ergate alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Actor } from '../../actors/runtime/actor.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { BreakerDetail } from '../../protocol/message/actor-status.ts';
import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import { type ActorFactory, createActorFactory } from '../../supervisor/build-actor.ts';
import { chooseJobs } from '../../supervisor/cluster/choose-jobs.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { KafkaRig } from '../support/kafka-rig.ts';
import { MemoryNetwork } from '../support/memory-bus.ts';
import { type OtherChange, OtherTool } from '../support/other-tool.ts';
import { aSettingsText, readTexts } from '../support/settings-text.ts';

const PIPELINE = 'order-seller';
const SHARDS = ['seller0', 'seller1'];
const LOOKER = 'looker';
const COLUMNS = 'order_no BIGINT NOT NULL PRIMARY KEY, seller_no INT NOT NULL, memo VARCHAR(40) NULL';
const MARKERS = [
  'ADD COLUMN ergate_yn TINYINT NULL',
  'ADD COLUMN rpc_time DATETIME(3) NULL',
  'ADD COLUMN ergate_seq BIGINT UNSIGNED NULL',
].join(', ');
const DEADLINE_MS = 60_000;
const POLL_MS = 50;

let folder: string;
let server: MariadbServer;
let kafka: KafkaRig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-beside-'));
  [server, kafka] = await Promise.all([startMariadb({ folder, name: 'all', source: true }), KafkaRig.open()]);
});

afterAll(async () => {
  await Promise.all([server?.stop(), kafka?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpMs = performance.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (performance.now() > giveUpMs) {
      throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function readSettings(topic: string, user: string, more: string) {
  const { host, port } = server;
  const at = (name: string, owner: string) =>
    `{ name: ${name}, host: ${host}, port: ${port}, user: ${owner}, database: ${name} }`;
  const { settings, problems } = readTexts([
    aSettingsText({
      kafka: `kafka: { brokers: ["${kafka.server.brokers[0]}"] }`,
      state: `state: { host: ${host}, port: ${port}, user: root, database: state }`,
      databases: `databases:
  order: { driver: mysql, shards: [${at('source', 'root')}] }
  seller: { driver: mysql, shards: [${SHARDS.map((shard) => at(shard, user)).join(', ')}] }`,
      captures: `captures:
  order: { database: order, topic: ${topic}, serverId: 5701, tables: { orders: { recordKey: [order_no] } } }`,
      pipelines: `pipelines:
  ${PIPELINE}:
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }
${more.replaceAll('TOPIC', topic)}`,
    }),
  ]);
  if (settings === undefined) {
    throw new Error(JSON.stringify(problems));
  }
  return settings;
}

const BESIDE = `    source: { database: order, topic: TOPIC }
    apply: false
    verification: { delay: 3s, recovery: { checkAfter: 1s } }
`;
const BOTH = `    source: { database: order, topic: TOPIC, startFrom: latest }
    verification: { delay: 3s, recovery: { checkAfter: 1s } }
`;

/** The jobs of the settings in this process, each begun by its name. */
class Jobs implements AsyncDisposable {
  readonly actors = new Map<string, Actor>();
  readonly #settings: ReturnType<typeof readSettings>;
  readonly #topic: string;
  readonly #placeEpoch: number;
  readonly #factory: ActorFactory;

  constructor(settings: ReturnType<typeof readSettings>, topic: string, placeEpoch: number) {
    this.#settings = settings;
    this.#topic = topic;
    this.#placeEpoch = placeEpoch;
    this.#factory = createActorFactory({
      settings,
      node: 'n1',
      boot: `b${placeEpoch}`,
      bus: new MemoryNetwork(systemClock).open('n1', silentLogger),
      faults: { wrap: (one) => one },
      clock: systemClock,
      logger: silentLogger,
    });
  }

  /** @returns the names of all jobs that are wanted */
  async start(wanted: (name: string) => boolean = () => true): Promise<readonly string[]> {
    const { jobs } = chooseJobs(this.#settings, new Map([[this.#topic, 1]]), [], new Map());
    for (const job of jobs.filter(({ name }) => wanted(name) && !this.actors.has(name))) {
      const actor = this.#factory.createActor(job, this.#placeEpoch);
      this.actors.set(job.name, actor);
      await actor.start();
    }
    return jobs.map(({ name }) => name);
  }

  get verifier(): VerifierDetail {
    return this.actors.get(`verifier.${PIPELINE}.0`)?.status().detail as VerifierDetail;
  }

  get breakers(): readonly BreakerDetail[] {
    return this.#factory.listBreakers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const actor of [...this.actors.values()].reverse()) {
      await actor.drain(2_000);
    }
    await this.#factory.close();
  }
}

testOnRequest(
  'the verifier first, with SELECT alone; then both tools; then ergate alone',
  'it takes a minute',
  async () => {
    await using db = await openSchema(server, 'source');
    await db.query(`CREATE TABLE orders (${COLUMNS}); CREATE USER '${LOOKER}'@'%'; CREATE DATABASE state`);
    for (const shard of SHARDS) {
      await db.query(`CREATE DATABASE ${shard}; CREATE TABLE ${shard}.orders (${COLUMNS});
      GRANT SELECT ON ${shard}.* TO '${LOOKER}'@'%'`);
    }
    const state = openStateDatabase(serverOf({ server, schema: 'state' }));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => state.close());
    await state.ensureSchema();
    const topic = await kafka.createTopic();
    const tool = stack.use(await OtherTool.open({ server, shards: SHARDS, lateMs: 700 }));
    let isToolThere = true;

    const commit = async (change: OtherChange): Promise<void> => {
      const { order_no, seller_no, memo } = change.row;
      await db.query(
        change.gone === true
          ? `DELETE FROM orders WHERE order_no = ${order_no}`
          : `REPLACE INTO orders VALUES (${order_no}, ${seller_no}, '${memo}')`,
      );
      if (isToolThere) {
        tool.take(change);
      }
    };
    const row = (order_no: number, version: number) => ({ order_no, seller_no: order_no, memo: `v${version}` });
    const openCases = async () => {
      const found = await state.caseDesk.list({ pipelines: [PIPELINE] }, { order: 'oldest', limit: 1_000 });
      return found.map((one) => ({ ...one, what: `${one.row.shard} ${one.row.targetKey[0]?.[1]} ${one.kind}` }));
    };
    const readAll = async (table: string): Promise<readonly unknown[]> => {
      const [rows] = await db.query(`SELECT order_no, seller_no, memo FROM ${table} ORDER BY order_no`);
      return rows as readonly unknown[]; // rows, as it is a SELECT
    };
    const isEqual = async () => {
      const [wanted, ...shards] = [
        await readAll('source.orders'),
        await readAll('seller0.orders'),
        await readAll('seller1.orders'),
      ];
      const bySeller = (seller: number) =>
        wanted?.filter((one) => (one as { seller_no: number }).seller_no % 2 === seller);
      return shards.every((rows, seller) => JSON.stringify(rows) === JSON.stringify(bySeller(seller)));
    };

    /** All that is in the topic now. */
    const untilVerified = async (jobs: Jobs) => {
      const [range] = await kafka.admin.fetchTopicOffsets(topic);
      const end = Number(range?.high);
      await until('all is verified', () => Number(jobs.verifier.verifiedOffset) >= end && jobs.verifier.suspects === 0);
    };

    // The other tool replicates; ergate looks.
    {
      await using jobs = new Jobs(readSettings(topic, LOOKER, BESIDE), topic, 1);
      await jobs.start((name) => name.startsWith('capture'));
      for (let id = 1; id <= 100; id += 1) {
        await commit({ row: row(id, 1) });
      }
      for (let id = 1; id <= 20; id += 1) {
        await commit({ row: row(id, 2) });
      }
      await commit({ row: row(30, 2), gone: true });
      await tool.idle();
      expect(await isEqual()).toBe(true);
      await db.query(`UPDATE seller1.orders SET memo = 'V2' WHERE order_no = 1;
      DELETE FROM seller0.orders WHERE order_no = 2;
      INSERT INTO seller0.orders VALUES (30, 30, 'v1'); INSERT INTO seller1.orders VALUES (901, 901, 'rogue')`);
      const wrong = await Promise.all(SHARDS.map((shard) => readAll(`${shard}.orders`)));
      const names = await jobs.start();
      expect(names.filter((name) => !name.startsWith('capture'))).toEqual([
        `verifier.${PIPELINE}.0`,
        `recovery.${PIPELINE}.0`,
        `sweeper.${PIPELINE}`,
      ]);
      await until('the verifier has found its three', async () => (await openCases()).length === 3);
      const found = await openCases();
      expect(found.map(({ what, foundBy }) => [what, foundBy]).sort()).toEqual([
        ['seller0 2 missing', 'verifier'],
        ['seller0 30 extra', 'verifier'],
        ['seller1 1 different', 'verifier'],
      ]);
      const sweep = await state.sweeps.order({ pipeline: PIPELINE, origin: 'order', scope: {}, by: 'kim@desk' });
      await until('the sweep is done', async () => (await state.sweeps.find(sweep))?.endedMs !== null);
      expect(await state.sweeps.find(sweep)).toMatchObject({ state: 'done', tables: [{ mismatches: 4, unjudged: 0 }] });
      expect((await openCases()).map(({ what }) => what)).toContain('seller1 901 extra');

      const caseId = found[0]?.id ?? 0n;
      await state.caseDesk.order({ caseId, verb: 'repair', reason: 'try', by: 'kim@desk', untilMs: null });
      const refusal = async () => (await state.caseDesk.find(caseId, 100))?.orders[0]?.refusal;
      await until('the order is refused', async () => typeof (await refusal()) === 'string');
      expect(await refusal()).toMatch(/^ERG_5113: /);
      await untilVerified(jobs);
      expect(jobs.verifier).toMatchObject({ sinkOffset: '', unverified: [], counts: { unchecked: 0 } });

      expect(await Promise.all(SHARDS.map((shard) => readAll(`${shard}.orders`)))).toEqual(wrong);
      const [tables] = await db.query(`SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM information_schema.TABLES
      WHERE TABLE_SCHEMA LIKE 'seller%' ORDER BY s`);
      expect(tables).toEqual(SHARDS.map((s) => ({ s, t: 'orders' })));

      for (const change of [{ row: row(1, 2) }, { row: row(2, 2) }, { row: row(30, 2), gone: true }]) {
        tool.take(change);
      }
      tool.take({ row: { order_no: 901, seller_no: 901, memo: '' }, gone: true });
      await until('what the other tool has mended is closed', async () => (await openCases()).length === 0);
      expect(await isEqual()).toBe(true);

      const order = { pipeline: PIPELINE, shard: 'seller0', reason: 'restore', by: 'kim@desk' };
      await state.breakerOrders.add({ ...order, action: 'open' });
      const told = () => jobs.breakers.map(({ shard, state: of, reason }) => `${shard} ${of} ${reason}`).join();
      await until('the node tells of the breaker', () => told() === 'seller0 held restore (kim@desk)');
      await state.breakerOrders.add({ ...order, action: 'close' });
      await until('it is closed again', () => jobs.breakers.every((one) => one.state === 'closed'));
    }

    // Both write the same tables for a while, then the other tool is stopped.
    for (const shard of SHARDS) {
      await db.query(`ALTER TABLE ${shard}.orders ${MARKERS}`);
    }
    await using jobs = new Jobs(readSettings(topic, 'root', BOTH), topic, 2);
    expect(await jobs.start()).toContain(`sink.${PIPELINE}.0`);
    for (let round = 1; round <= 40; round += 1) {
      for (let id = 1; id <= 10; id += 1) {
        const isGone = round % 7 === id % 7 && round < 40;
        await commit({ row: row(id, 10 + round), gone: isGone });
      }
      await commit({ row: row(1_000 + round, 1) });
      await new Promise((resolve) => setTimeout(resolve, 50)); // the pace of the load
    }
    isToolThere = false;
    await tool.idle();
    expect(tool.stepsBack).toBeGreaterThan(0);
    await until('both together end equal', isEqual);
    for (let id = 1; id <= 20; id += 1) {
      await commit({ row: row(id, 100) });
    }
    await until('ergate alone is equal', isEqual);
    await untilVerified(jobs);
    await until('every case is closed', async () => (await openCases()).length === 0);
    const sweep = await state.sweeps.order({ pipeline: PIPELINE, origin: 'order', scope: {}, by: 'kim@desk' });
    await until('the last sweep is done', async () => (await state.sweeps.find(sweep))?.endedMs !== null);
    expect(await state.sweeps.find(sweep)).toMatchObject({ tables: [{ mismatches: 0, unjudged: 0, rows: 139 }] });
    const [[written]] = (await db.query(
      'SELECT COUNT(*) AS rows_of_ergate FROM seller0.orders WHERE ergate_yn = 1',
    )) as [{ rows_of_ergate: number }[], unknown];
    expect(written?.rows_of_ergate).toBeGreaterThan(0);
  },
  240_000,
);
