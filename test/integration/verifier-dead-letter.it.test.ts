/** `whenOpen: dead-letter` with a shard whose MariaDB is stopped: while its breaker is open each row is a case at once, which ends when it is back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Breaker } from '../../actors/breaker/breaker.ts';
import { createRecoveryActor } from '../../actors/recovery/recovery-actor.ts';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { validateShard } from '../../actors/target/mysql/validate-shard.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import { facts } from '../support/build-case.ts';
import { buildGate } from '../support/build-gate.ts';
import { fastClock } from '../support/fast-clock.ts';
import { MemoryNetwork } from '../support/memory-bus.ts';
import { MemoryCaseStore } from '../support/memory-case-store.ts';
import { MemoryFindingStore } from '../support/memory-finding-store.ts';
import { MemoryRangeStore } from '../support/memory-range-store.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { openRowReader } from '../support/row-reader-rig.ts';
import { aRecord, buildPipelineSettings, deleted, inserted, openTestSession, serverIn } from '../support/sink-rig.ts';

const SHARDS = ['s0', 's1'];
const SETTINGS = buildPipelineSettings({
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { shardKey: 'seller' } },
  verification: { whenOpen: 'dead-letter', delay: '100ms' },
});
/** Of the other one. */
const NO_BREAKER = buildGate(() => ({}));
const CREATE = 'CREATE TABLE orders (id BIGINT PRIMARY KEY, seller BIGINT, v VARCHAR(9)';

let folder: string;
let here: MariadbServer;
let away: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-dead-letter-'));
  [here, away] = (await Promise.all(['here', 'away'].map((name) => startMariadb({ folder, name })))) as [
    MariadbServer,
    MariadbServer,
  ];
});

afterAll(async () => {
  await Promise.all([here?.stop(), away?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 15_000;
  while (!isTrue()) {
    expect(Date.now(), what).toBeLessThan(deadlineMs);
    await sleep(10);
  }
}

test('each row of the shard is a case at once, and none is repaired that is right when the shard is back', async () => {
  const row = (id: number) => ({ id, seller: id, v: 'a' });
  const ids = [1, 2, 3, 5];
  await using source = await openTestSession(here, ['source', 's0']);
  await using target = await openTestSession(away, ['s1']);
  await source.query(`USE source; ${CREATE}); INSERT INTO orders VALUES (1, 1, 'a'), (2, 2, 'a'), (3, 3, 'a');
    USE s0; ${CREATE}, ergate_seq BIGINT UNSIGNED); INSERT INTO orders VALUES (2, 2, 'a', 1)`);
  // As the sink left it, but for row 3, which somebody damaged.
  await target.query(
    `USE s1; ${CREATE}, ergate_seq BIGINT UNSIGNED); INSERT INTO orders VALUES (1, 1, 'a', 0), (3, 3, 'x', 2)`,
  );
  target.destroy();

  const clock = fastClock(20);
  const network = new MemoryNetwork(clock);
  const partition = new MemoryPartition();
  partition.append(...ids.map((id) => aRecord(String(id), id, inserted(row(id)))), aRecord('5', 9, deleted(row(5))));
  const servers = [serverIn(here, 's0'), serverIn(away, 's1')];
  const rows = openRowReader({ server: here, schema: 'source' });
  const readers = [
    openRowReader({ server: here, schema: 's0' }),
    openRowReader({ server: away, schema: 's1' }),
  ] as const;
  const readerOf = (shard: string) => (shard === 's0' ? readers[0] : readers[1]);
  const openLookup = expect.unreachable;
  const targets = SHARDS.map((name) => ({ name, reader: readerOf(name) }));
  const witness = createRowWitness({ settings: SETTINGS, source: rows, targets, openLookup, clock });
  const own = { pipeline: 'p', partition: 0, placeEpoch: 1, environment: 'test', clock, logger: silentLogger };
  const cases = new MemoryCaseStore(() => clock.wallMs());
  using breaker = new Breaker({
    ...own,
    shard: 's1',
    rules: { failures: 5, openForMs: 2_000 },
    validate: () => validateShard('s1', serverIn(away, 's1')),
    onChange: () => {},
  });
  const recovery = createRecoveryActor({
    ...own,
    topicEpoch: 0,
    apply: true,
    rules: { ...facts().settings, mode: 'observe', checkAfter: 5_000 },
    bus: network.open('recovery', silentLogger),
    cases,
    witness,
    records: { nameRows: async () => [] },
    gateOf: (shard) => (shard === 's1' ? breaker : undefined),
    random: () => 0.5,
  });
  let sinkOffset = 0n;
  const ranges = new MemoryRangeStore();
  const verifier = createVerifierActor({
    ...own,
    settings: SETTINGS,
    group: 'v',
    openStream: (events) => partition.open(events),
    readSink: async () => ({ offset: sinkOffset, metadata: '' }),
    shards: SHARDS.map((name, shard) =>
      openMysqlTargetShard({
        name,
        server: servers[shard] ?? serverIn(here, ''),
        marker: SETTINGS.marker,
        primaryKeys: new Map(),
        logger: silentLogger,
      }),
    ),
    readerOf,
    witness,
    source: rows,
    marks: { take: async () => ({ isPublished: async () => true }) },
    ranges,
    findings: new MemoryFindingStore(),
    bus: network.open('verifier', silentLogger),
    openLookup,
    gateOf: (shard) => (shard === 's1' ? breaker : NO_BREAKER),
    random: () => 0.5,
  });
  await using stack = new AsyncDisposableStack();
  for (const one of [rows, ...readers]) {
    stack.defer(() => one.close());
  }
  stack.defer(() => recovery.stop());
  stack.defer(() => verifier.stop());
  await recovery.start();
  await verifier.start();
  await away.stop();
  breaker.hint(); // as a sink that writes there would
  await until('its breaker is open', () => breaker.refusal !== undefined);
  sinkOffset = partition.end;
  await partition.untilCommitted(partition.end);
  const detail = verifier.status().detail as VerifierDetail;
  expect(detail).toMatchObject({
    verifiedOffset: '5',
    unverified: [],
    counts: { due: 5, equal: 1, superseded: 1, unchecked: 3 },
  });
  const kinds = [...cases.open.values()].map(({ row: { shard, rowKey }, kind }) => `${shard} ${rowKey} ${kind}`);
  expect(kinds.sort()).toEqual(['1n1 different', '1n3 different', '1n5 extra'].map((one) => `s1 6:orders/${one}`));
  expect(ranges.ranges.size).toBe(0);
  for (const { reason, sourceDigest, targetDigest } of cases.open.values()) {
    expect(reason).toMatch(/^ERG_4010: circuitOpened, .*ERG_3011: the breaker of s1 is open/);
    expect([sourceDigest, targetDigest]).toEqual([null, null]);
  }
  await until('they wait for it', () => [...cases.open.values()].every(({ state }) => state === 'held'));

  await away.start();
  await until('the right rows are closed', () => cases.closed.length === 2);
  const isSeen = () => [...cases.open.values()].every(({ reason }) => reason?.includes('ERG_5104') === true);
  await until('the other one is seen to be wrong', isSeen);
  expect(cases.closed.map((one) => `${one.case.row.rowKey} ${one.case.end}`).sort()).toEqual([
    '6:orders/1n1 healed',
    '6:orders/1n5 vanished',
  ]);
  expect([...cases.open.values()]).toMatchObject([{ row: { rowKey: '6:orders/1n3' }, columns: ['v'] }]);
});
