/**
 * A shard goes away while nothing is written to it: what verifier and recovery read opens its breaker. From then on the shard is
 * asked by the probe alone, changes become unverified ranges at once, cases wait; and all ends by itself when it is back.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BreakerBoard } from '../../actors/breaker/breaker-board.ts';
import { createRecoveryActor } from '../../actors/recovery/recovery-actor.ts';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { validateShard } from '../../actors/target/mysql/validate-shard.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock as clock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import { openRowReaders } from '../../supervisor/open-row-readers.ts';
import { facts } from '../support/build-case.ts';
import { ChaosProxy } from '../support/chaos-proxy/chaos-proxy.ts';
import { CountingReader } from '../support/counting-reader.ts';
import { holdServer } from '../support/hold-server.ts';
import { until } from '../support/kafka-rig.ts';
import { LinkWatch } from '../support/link-watch.ts';
import { MemoryNetwork } from '../support/memory-bus.ts';
import { MemoryCaseStore } from '../support/memory-case-store.ts';
import { MemoryFindingStore } from '../support/memory-finding-store.ts';
import { MemoryRangeStore } from '../support/memory-range-store.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { openRowReader } from '../support/row-reader-rig.ts';
import { aRecord, buildPipelineSettings, inserted, openTestSession, serverIn } from '../support/sink-rig.ts';

const SHARDS = ['s0', 's1'] as const;
const OPEN_FOR_MS = 2_000;
const CHECK_AFTER_MS = 2_000;
const SETTINGS = buildPipelineSettings({
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { shardKey: 'seller' } },
  verification: { delay: '100ms', rowsPerRead: 10 },
});
const CONCURRENCY = SETTINGS.verification?.concurrency ?? 0;
/** Two pools of first looks and one more each, the tables of the verifier, a validation query. */
const MOST_LINKS = 2 * (CONCURRENCY + 1) + 2;
/** Failed queries of 800 ms and the pauses between them, behind the first reading that is not answered. */
const OPENS_WITHIN_MS = 12_000;
/** Of a reading that was sent before the breaker opened. */
const DEADLINE_MS = 11_000;
/** Held cases are let go by the round of a second, ranges are tried again after 5 and 10 s. */
const HEALS_WITHIN_MS = 30_000;
/** Each time a part of them is there to be verified. */
const PART = 200;
const PARTS = 3;
/** On the shard that goes away: wrong when they are verified, and right when they are looked at again. */
const MENDED = [3, 5];
const WRONG = 7;

let folder: string;
let here: MariadbServer;
let away: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-breaker-'));
  [here, away] = (await Promise.all(['here', 'away'].map((name) => startMariadb({ folder, name })))) as [
    MariadbServer,
    MariadbServer,
  ];
});

afterAll(async () => {
  await Promise.all([here?.stop(), away?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const stop = async () => {
  await away.stop();
  return () => away.start();
};
const freeze = async () => {
  const goOn = await holdServer(away.pid);
  return async () => goOn();
};

async function fillTables(): Promise<void> {
  const columns = 'id BIGINT PRIMARY KEY, seller BIGINT, v VARCHAR(9)';
  await using source = await openTestSession(here, ['source', 's0']);
  await using target = await openTestSession(away, ['s1']);
  const fill = (condition: string, seq: string) =>
    `INSERT INTO orders SELECT seq, seq, 'a'${seq} FROM seq_1_to_${PART * PARTS} WHERE ${condition}`;
  const marked = `CREATE TABLE orders (${columns}, ergate_seq BIGINT UNSIGNED)`;
  await source.query(`USE source; CREATE TABLE orders (${columns}); ${fill('1', '')};
    USE s0; ${marked}; ${fill('seq % 2 = 0', ', seq - 1')}`);
  await target.query(`USE s1; ${marked}; ${fill('seq % 2 = 1', ', seq - 1')};
    UPDATE orders SET v = 'x' WHERE id IN (${[...MENDED, WRONG]})`);
}

async function mend(ids: readonly number[]): Promise<void> {
  await using target = await openTestSession(away, []);
  await target.query(`UPDATE s1.orders SET v = 'a' WHERE id IN (${ids})`);
}

/** Verifier and recovery as a node has them, with the breakers that they share; nobody writes. */
async function openRig() {
  await fillTables();
  const stack = new AsyncDisposableStack();
  const proxy = stack.use(await ChaosProxy.open({ port: away.port, isMysql: false }));
  const network = new MemoryNetwork(clock);
  const bus = network.open('node', silentLogger);
  const board = stack.use(
    new BreakerBoard({ environment: 'test', bus, orders: { list: async () => [] }, clock, logger: silentLogger }),
  );
  const servers = [
    { name: SHARDS[0], ...serverIn(here, SHARDS[0]) },
    { name: SHARDS[1], ...serverIn(away, SHARDS[1]), port: proxy.port },
  ];
  const gates = new Map(
    servers.map((server) => {
      const validate = () => validateShard(server.name, server);
      const rules = { failures: 5, openForMs: OPEN_FOR_MS };
      return [server.name as string, board.gateOf({ pipeline: 'p', shard: server.name, rules, validate })] as const;
    }),
  );
  const gateOf = (shard: string) => gates.get(shard) ?? expect.unreachable();
  const source = openRowReader({ server: here, schema: 'source' });
  stack.defer(() => source.close());
  const counted: CountingReader[] = [];
  const openReaders = () => {
    const readers = openRowReaders({ driver: 'mysql', shards: servers }, SETTINGS, { gateOf, clock }).map(
      ({ name, primary }) => ({ name, reader: new CountingReader(primary) }),
    );
    counted.push(...readers.filter(({ name }) => name === SHARDS[1]).map(({ reader }) => reader));
    for (const { reader } of readers) {
      stack.defer(() => reader.close());
    }
    const openLookup = expect.unreachable;
    return { readers, witness: createRowWitness({ settings: SETTINGS, source, targets: readers, openLookup, clock }) };
  };
  const partition = new MemoryPartition();
  const ranges = new MemoryRangeStore();
  const cases = new MemoryCaseStore(() => clock.wallMs());
  const own = { pipeline: 'p', partition: 0, placeEpoch: 1, environment: 'test', clock, logger: silentLogger };
  const recovery = createRecoveryActor({
    ...own,
    topicEpoch: 0,
    apply: true,
    rules: { ...facts().settings, mode: 'observe', checkAfter: CHECK_AFTER_MS },
    bus: network.open('recovery', silentLogger),
    cases,
    witness: openReaders().witness,
    records: { nameRows: async () => [] },
    gateOf,
    random: () => 0.5,
  });
  const { readers, witness } = openReaders();
  const verifier = createVerifierActor({
    ...own,
    settings: SETTINGS,
    group: 'v',
    openStream: (events) => partition.open(events),
    readSink: async () => ({ offset: partition.end, metadata: '' }), // it has nothing to do
    shards: servers.map((server) =>
      openMysqlTargetShard({
        name: server.name,
        server,
        marker: SETTINGS.marker,
        primaryKeys: new Map(),
        logger: silentLogger,
      }),
    ),
    gateOf,
    readerOf: (shard) => readers.find(({ name }) => name === shard)?.reader ?? expect.unreachable(),
    witness,
    source,
    marks: { take: async () => ({ isPublished: async () => true }) },
    ranges,
    findings: new MemoryFindingStore(),
    bus: network.open('verifier', silentLogger),
    openLookup: expect.unreachable,
    random: () => 0.5,
  });
  stack.defer(() => recovery.stop());
  stack.defer(() => verifier.stop());
  await Promise.all([recovery.start(), verifier.start()]);
  let rows = 0;
  return {
    proxy,
    partition,
    ranges,
    cases,
    gate: gateOf(SHARDS[1]),
    /** Readings of the shard that goes away that are under way. */
    waiting: () => counted.reduce((sum, { underWay }) => sum + underWay, 0),
    states: () => [...cases.open.values()].map(({ row, state }) => `${row.targetKey[0]?.[1]} ${state}`).sort(),
    detail: () => verifier.status().detail as VerifierDetail,
    publishPart: () => {
      const ids = Array.from({ length: PART }, (_, index) => rows + index + 1);
      rows += PART;
      partition.append(...ids.map((id) => aRecord(String(id), id, inserted({ id, seller: id, v: 'a' }))));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test.each([
  ['stopped', stop],
  ['frozen', freeze],
] as const)('a shard that is %s while no sink writes to it', { timeout: 120_000 }, async (_, takeAway) => {
  await using rig = await openRig();
  const { proxy, partition, ranges, cases, gate } = rig;
  rig.publishPart();
  await partition.untilCommitted(partition.end);
  await until('what is wrong is a case', () => cases.open.size === MENDED.length + 1);
  await mend(MENDED);

  using links = new LinkWatch(proxy, rig.waiting);
  const bringBack = await takeAway();
  await using _back = { [Symbol.asyncDispose]: bringBack }; // for the next test, when this one fails
  const beganMs = performance.now();
  rig.publishPart();
  await until('the breaker is open', () => gate.refusal?.code === 'ERG_3011', OPENS_WITHIN_MS);
  const openedMs = performance.now() - beganMs;
  await until('nobody waits for the shard', () => rig.waiting() === 0, DEADLINE_MS);
  await until('all cases wait for the shard', () => rig.states().every((state) => state.endsWith(' held')));
  expect(rig.states()).toEqual([...MENDED, WRONG].map((id) => `${id} held`));
  expect(cases.incidents).toMatchObject([{ kind: 'outage', subject: 's1', closedMs: null }]);

  links.restart();
  rig.publishPart();
  await partition.untilCommitted(partition.end);
  await until('the probe has failed twice more', () => links.accepted >= 2, 5 * OPEN_FOR_MS);
  const opened = { ...links.most, accepted: links.accepted };
  console.log(`open after ${Math.round(openedMs)} ms;`, { before: links.before, opened });
  // Beside the probe there are at most the idle connections that a server keeps that is frozen.
  expect(links.before.links).toBeLessThanOrEqual(MOST_LINKS);
  expect(opened.links).toBeLessThanOrEqual(links.atRestart + 1);
  expect(opened.waiting).toBe(0);
  expect(opened.accepted).toBeLessThanOrEqual(3);
  expect(rig.states()).toEqual([...MENDED, WRONG].map((id) => `${id} held`));
  const places = [...ranges.ranges.values()].map(({ shard, table }) => `${shard} ${table}`);
  expect(new Set(places)).toEqual(new Set(['s1 orders']));
  const { equal, unchecked } = rig.detail().counts;
  expect({ equal, unchecked }).toEqual({ equal: PART - 3 + PART, unchecked: PART });

  await bringBack();
  await until('the breaker is closed', () => gate.refusal === undefined, 10 * OPEN_FOR_MS);
  const isVerified = () => ranges.ranges.size === 0 && rig.detail().counts.equal === PARTS * PART - 3;
  await until('all is verified', isVerified, HEALS_WITHIN_MS);
  await until('what was right is closed', () => cases.closed.length === MENDED.length, HEALS_WITHIN_MS);
  expect(cases.closed.map((one) => one.case.end)).toEqual(MENDED.map(() => 'healed'));
  await mend([WRONG]);
  await until('all is closed', () => cases.open.size === 0, HEALS_WITHIN_MS);
  await until('the outage is over', () => cases.incidents.every(({ closedMs }) => closedMs !== null));
  expect(cases.incidents).toHaveLength(1);
});
