/** Canaries with the real sink, sweep, verifier, recovery and state database, on a MariaDB: rows are damaged, found, right again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecoveryActor } from '../../actors/recovery/recovery-actor.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import type { Canary, CanaryRecord } from '../../actors/state/canary-store.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { UnverifiedRangeStore } from '../../actors/state/unverified-range.ts';
import { BusCanaryDesk } from '../../actors/sweeper/bus-canary-desk.ts';
import { BusMismatchReporter } from '../../actors/sweeper/bus-mismatch-reporter.ts';
import { createSweepSides } from '../../actors/sweeper/create-sweep-sides.ts';
import { StreamProgress } from '../../actors/sweeper/stream-progress.ts';
import { createSweeperActor } from '../../actors/sweeper/sweeper-actor.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { SweeperDetail, VerifierDetail } from '../../protocol/message/verification-status.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import { MemoryFindingStore } from '../support/memory-finding-store.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { nameOf, openRepairRig } from '../support/repair-rig.ts';
import { buildPipelineSettings, inserted, serverIn } from '../support/sink-rig.ts';

const CANARY: Omit<Canary, 'row'> = {
  state: 'planted',
  by: 'verifier',
  partition: 0,
  columns: ['v'],
  version: '1',
  change: 'value v',
  plannedMs: 1,
  plantedMs: 2,
};
const VERIFICATION = {
  delay: '500ms',
  recovery: { mode: 'observe', checkAfter: '1h' },
  canary: { table: 'orders', where: { id: ['901', '902'] }, every: '1s', within: '20s' },
};
const ROW = { v: 'Ab', n: 5, d: '1.25', at: '2026-01-01 00:00:00.000001', raw: 'AAE=' };
const COLUMNS = `id BIGINT PRIMARY KEY, v VARCHAR(20) NOT NULL, n INT, d DECIMAL(9,2) NOT NULL, at DATETIME(6) NOT NULL,
  raw VARBINARY(8) NOT NULL`;
const values = (id: number) => `${id}, 'Ab', 5, 1.25, '2026-01-01 00:00:00.000001', 0x0001`;

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-canary-'));
  server = await startMariadb({ folder, name: 'all', source: true });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function aReplicatedRig() {
  const rig = await openRepairRig(server, { columns: COLUMNS, sink: { settings: { verification: VERIFICATION } } });
  for (const id of [1, 901, 902]) {
    await rig.commit(`INSERT INTO orders VALUES (${values(id)})`, inserted({ id, ...ROW }));
  }
  await rig.actor.start();
  await rig.partition.untilCommitted(rig.publish());
  const asker = rig.network.open('canary-asker', silentLogger);
  const subject = buildSubjects('test').actorCommand('sink.order-seller.0', 'canary');
  const ask = (body: unknown) => asker.request(subject, { type: 'canary', id: '1', epoch: 0, body }, 20_000);
  return { rig, ask, bus: asker };
}

/** Beside the sink, with a group of its own. */
async function startVerifier(
  rig: Awaited<ReturnType<typeof openRepairRig>>,
  settings: PipelineSettings,
  ranges: UnverifiedRangeStore,
): Promise<Actor> {
  const partition = new MemoryPartition();
  partition.records.push(...rig.partition.records);
  const [target] = rig.targets;
  if (target === undefined) {
    throw new Error('expected a shard');
  }
  const { marker } = settings;
  const own = { name: rig.shard, server: serverIn(server, rig.shard) };
  const actor = createVerifierActor({
    environment: 'test',
    pipeline: 'order-seller',
    partition: 0,
    group: 'v',
    placeEpoch: 1,
    settings,
    shards: [openMysqlTargetShard({ ...own, marker, primaryKeys: new Map(), logger: silentLogger })],
    openLookup: (resolver) => rig.database.lookup(resolver),
    openStream: (events) => partition.open(events),
    readSink: async () => rig.partition.committed,
    readerOf: () => target.reader,
    witness: rig.looking,
    source: rig.database.openRowReader(new Map()),
    marks: { take: async () => ({ isPublished: async () => true }) }, // here nothing is captured
    ranges,
    findings: new MemoryFindingStore(),
    bus: rig.network.open('verifier', silentLogger),
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
  });
  await actor.start();
  // What it reads from now on is read because it is asked to.
  await partition.untilCommitted(partition.end);
  return actor;
}

const COMPARED = ['id', 'v', 'n', 'd', 'at', 'raw'];
const aRequest = (id: number, shard: string, turn = 0) => ({ row: nameOf(id, shard), columns: COMPARED, turn });
const ALL = `id, v, IFNULL(n, 'NULL'), d, at, HEX(raw), ergate_yn, ergate_seq`;

test('a sink damages reserved rows in each of the ways, and nothing else', async () => {
  const { rig, ask } = await aReplicatedRig();
  await using _ = rig;
  const right = await rig.readTarget(ALL);
  for (const id of [1, 7]) {
    expect((await ask(aRequest(id, rig.shard))).body).toMatchObject({ outcome: 'refused', code: 'ERG_5208' });
  }
  const feigned = { ...nameOf(1, rig.shard), sourceKey: [['id', '901']] };
  expect((await ask({ ...aRequest(1, rig.shard), row: feigned })).body).toMatchObject({ outcome: 'refused' });
  expect(await ask({ turn: 1 })).toMatchObject({ code: 'POISON' });
  expect(await rig.readTarget(ALL)).toEqual(right);

  const seen: Record<string, string | undefined> = {};
  for (let turn = 0; turn < 8; turn += 1) {
    const { body } = await ask(aRequest(901, rig.shard, turn));
    expect(body).toMatchObject({ outcome: 'written' });
    const { change, column } = body as { change: string; column?: string };
    const [first, damaged] = await rig.readTarget(ALL);
    expect(first).toBe(right[0]);
    seen[`${change} ${column ?? ''}`.trim()] = damaged?.startsWith('901') === true ? damaged.slice(4) : undefined;
    expect((await ask(aRequest(901, rig.shard, turn))).body).toMatchObject({ outcome: 'unequal' });
    expect(await rig.repair(901)).toMatchObject({ outcome: 'written', columns: column === undefined ? [] : [column] });
  }
  const at = '2026-01-01 00:00:00.000001';
  expect(Object.keys(seen)).toEqual([
    'value v',
    'null n',
    'case v',
    'space v',
    'tick at',
    'bit raw',
    'stale v',
    'delete',
  ]);
  expect(seen['value v']).toBe(`Ax 5 1.25 ${at} 0001 3 1`);
  expect(seen['null n']).toBe(`Ab NULL 1.25 ${at} 0001 3 2`);
  expect(seen['space v']).toBe(`Ab  5 1.25 ${at} 0001 3 2`);
  expect(seen['tick at']).toContain('00:00:00.000000');
  expect(seen['bit raw']).toContain(' 0000 3 2');
  expect(seen['stale v']).toBe(`Ax 5 1.25 ${at} 0001 3 1`);
  expect(seen['delete']).toBeUndefined();
});

test('what is damaged is found, right again, and its case closed, in a pipeline that only observes as well', async () => {
  const { rig, bus } = await aReplicatedRig();
  await using _ = rig;
  const state = openStateDatabase(rig.stateServer);
  await state.ensureSchema();
  const settings = buildPipelineSettings({ tables: { orders: {} }, verification: VERIFICATION });
  const { verification } = settings;
  const canary = verification?.canary;
  if (verification === undefined || canary === undefined) {
    throw new Error('expected canaries in the settings');
  }
  const own = { pipeline: 'order-seller', environment: 'test', clock: systemClock, logger: silentLogger };
  const recovery = createRecoveryActor({
    ...own,
    partition: 0,
    placeEpoch: 1,
    topicEpoch: 0,
    apply: true,
    rules: verification.recovery,
    bus: rig.network.open('recovery', silentLogger),
    cases: state.cases,
    witness: rig.looking,
    records: { nameRows: async () => [] },
    random: Math.random,
  });
  await recovery.start();
  const verifier = await startVerifier(rig, settings, state.unverifiedRanges);
  const sides = createSweepSides({
    settings,
    source: rig.database.openRowReader(new Map()),
    targets: rig.targets,
    openLookup: (resolver) => rig.database.lookup(resolver),
    clock: systemClock,
  });
  const sweeper = createSweeperActor({
    ...own,
    settings,
    everyMs: undefined,
    pace: { chunkRows: 100, rowsPerSecond: 10_000 },
    placeEpoch: 1,
    store: state.sweeps,
    sides,
    readPartitionCount: async () => 1,
    buildProgress: (partitions) =>
      new StreamProgress({
        partitions,
        readOffsetRange: async () => ({ earliest: 0n, end: rig.partition.end }),
        readCommitted: async () => rig.partition.committed,
        readLeftOut: () => [],
        targetName: (table) => table,
        log: undefined,
        delayMs: verification.delay,
        clock: systemClock,
      }),
    reporter: new BusMismatchReporter({ ...own, idPrefix: 's', bus }),
    recordKeys: new Map([['orders', ['id']]]),
    canary: {
      settings: canary,
      withinMs: 20_000,
      store: state.canaries,
      cases: state.cases,
      desk: new BusCanaryDesk({ ...own, idPrefix: 'c', bus }),
    },
    random: Math.random,
  });
  await sweeper.start();
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    const { turn, current, by } = await state.canaries.load('order-seller');
    expect([by.sweeper.missedMs, by.verifier.missedMs, by.verifier.reason]).toEqual([null, null, null]);
    if (turn >= 2 && current === null) {
      break;
    }
    expect(Date.now()).toBeLessThan(deadlineMs);
    await sleep(50);
  }
  expect((sweeper.status().detail as SweeperDetail).canary).toMatchObject({ table: 'orders', reason: undefined });
  const { counts, unverified } = verifier.status().detail as VerifierDetail;
  expect([counts, unverified]).toMatchObject([{ due: 3, equal: 3, mismatches: 0, unchecked: 0 }, []]);
  await Promise.all([sweeper.stop(), verifier.stop()]);
  await recovery.stop();

  const closed = await state.caseDesk.list(
    { pipelines: ['order-seller'], state: 'closed' },
    { order: 'oldest', limit: 10 },
  );
  expect(closed.map(({ row, foundBy, end }) => [row.sourceKey[0]?.[1], foundBy, end].join(' '))).toEqual([
    '901 sweeper cleared',
    '901 verifier cleared',
  ]);
  // Each has the version of its record again, as if nothing had been done.
  expect(await rig.readTarget('id, v, n, ergate_yn, ergate_seq')).toEqual([
    '1 Ab 5 1 0',
    '901 Ab 5 1 1',
    '902 Ab 5 1 2',
  ]);
  const entries = await state.audit.list(10, undefined);
  expect(entries.map(({ action, object }) => `${action} ${object}`)).toEqual(
    Array.from({ length: 2 }, () => 'canary plant order-seller orders'),
  );
  expect((await state.audit.verify()).problem).toBeUndefined();

  const place = { pipeline: 'order-seller', placeEpoch: 2 };
  const { nowMs, ...record } = await state.canaries.load('order-seller');
  const listIncidents = async () =>
    (await state.caseDesk.listIncidents(['order-seller'], 10)).map(
      ({ subject, reason, closedBy = null }) => `${subject}: ${reason} ${closedBy}`,
    );
  const { sweeper: swept, verifier: verified } = record.by;
  const current = { ...CANARY, row: nameOf(901, rig.shard) };
  const save = (by: Partial<CanaryRecord['by']>) =>
    state.canaries.save(place, { ...record, current, by: { ...record.by, ...by } });
  await save({ verifier: { ...verified, missedMs: nowMs, reason: 'ERG_4107: missed' } });
  await save({ verifier: { ...verified, missedMs: nowMs + 1, reason: 'ERG_4107: missed again' } });
  expect(await listIncidents()).toEqual(['orders verifier: ERG_4107: missed null']);
  const missed = { ...verified, missedMs: nowMs + 1 };
  await save({ verifier: missed, sweeper: { ...swept, foundMs: nowMs + 2, missedMs: nowMs + 1, reason: 'ERG_4107' } });
  expect((await listIncidents()).toSorted()).toEqual([
    'orders sweeper: ERG_4107 null',
    'orders verifier: ERG_4107: missed null',
  ]);
  await save({ verifier: missed, sweeper: { ...swept, foundMs: nowMs + 3 } });
  await save({ verifier: { ...missed, foundMs: nowMs + 4 } });
  expect((await listIncidents()).toSorted()).toEqual([
    'orders sweeper: ERG_4107 canary',
    'orders verifier: ERG_4107: missed canary',
  ]);
  await expect(state.canaries.save({ ...place, placeEpoch: 1 }, record)).rejects.toThrow(/ERG_4104/);
  expect(await state.canaries.load('order-seller')).toMatchObject({
    current,
    by: { verifier: { foundMs: nowMs + 4, missedMs: nowMs + 1 } },
  });
  state.close();
});
