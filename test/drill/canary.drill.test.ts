/**
 * Canaries under load, on real servers: each damage is found by the sweep and by the verifier and is right again; then the replica
 * that first looks read stops replicating, so that the verifier sees nothing wrong, and that is told in time. A breaker that is held
 * makes nobody blind. Delays are shortened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { expect } from 'vitest';
import { buildTargetSchema } from '../../deploy/banana/order-schema.ts';
import type { CanaryFinder } from '../../protocol/message/canary-message.ts';
import type { Endpoint } from '../compare/endpoints.ts';
import type { Drill } from '../support/drill/drill.ts';
import { readDrillCount } from '../support/drill/drill-options.ts';
import { type DrillStack, endpointOf, runAll } from '../support/drill/drill-stack.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { readCases } from '../support/saboteur/read-cases.ts';
import { buildShortVerification, SHORT_DELAY_MS } from '../support/saboteur/short-verification.ts';

const ROUNDS = readDrillCount(2);
const EVERY_MS = 2_000;
const WITHIN_MS = 20_000;
/** A round: the way of a damage, twice. On a busy machine all is slow. */
const ROUND_MS = 2 * (WITHIN_MS + SHORT_DELAY_MS) + EVERY_MS;
/** Of the newest that was found; see judge-canary.ts. */
const STALE_MS = 3 * WITHIN_MS;
const PIPELINES = ['order-seller', 'order-settlement'] as const;
const IDS = [900_000_001, 900_000_002, 900_000_003, 900_000_004];
const { settings, jobs } = buildShortVerification(10);

const canaryOf = (table: string, key: string) =>
  `canary: { table: ${table}, where: { ${key}: [${IDS.join(', ')}] }, every: ${EVERY_MS / 1_000}s, within: ${WITHIN_MS / 1_000}s }`;
/** First looks of the settlement read a schema of another server, which replicates it. */
const SETTINGS = `${settings
  .replace('  order-settlement:', `      ${canaryOf('product_order', 'product_order_no')}\n  order-settlement:`)
  .trimEnd()}
      ${canaryOf('orders', 'order_no')}
databases:
  settlement:
    shards:
      - name: settlement
        host: 127.0.0.1
        port: \${ERGATE_SETTLEMENT_PORT}
        user: root
        database: settlement
        replica: { host: 127.0.0.1, port: "\${ERGATE_SELLER0_PORT}" }
`;

testOnRequest(
  'each damage is found by both, and a verifier whose replica stands still is told in time',
  'three minutes',
  async () => {
    const drill = await startDrill({ rate: 150, settings: SETTINGS, jobs, prepare });
    const { endpoints, servers } = drill.stack;
    const state = endpointOf(servers.state);
    await drill.untilArriving();
    await insertReserved(endpoints.source);
    // The first ones may be found as what they are as well: changes that were just made.
    await drill.until('both have found a first one in each pipeline', () => isFound(drill), 2 * ROUND_MS);

    const before = await readTurns(state);
    const plain = countReal(drill);
    await drill.until(
      `${ROUNDS} rounds more`,
      async () => {
        expect(listMissed(drill)).toEqual([]);
        const turns = await readTurns(state);
        return PIPELINES.every((name) => (turns.get(name) ?? 0) >= (before.get(name) ?? 0) + 2 * ROUNDS);
      },
      2 * ROUNDS * ROUND_MS,
    );
    expect(PIPELINES.map((name) => canaryIn(drill, name)?.state)).toEqual(['ok', 'ok']);
    expect(countReal(drill)).toEqual(plain);
    expect(alertsOf(drill)).toEqual([]);
    const ends = [...(await readCases(state)).values()].flat().filter(({ end }) => end !== null);
    expect([...new Set(ends.map(({ foundBy }) => foundBy))].toSorted()).toEqual(['sweeper', 'verifier']);
    drill.tell(`${ends.length} cases of canaries, all closed`);

    await sleep(drill.random.below(5_000));
    const replica = endpointOf(servers.seller0);
    await runAll(replica, ['STOP SLAVE']);
    const stoppedMs = Date.now();
    drill.tell('the replica stands still');
    const alert = 'ERG_4107 order-settlement verifier';
    await drill.until('that is told', () => alertsOf(drill).includes(alert), EVERY_MS + 2 * WITHIN_MS);
    drill.tell(`told after ${Date.now() - stoppedMs} ms: ${canaryIn(drill, 'order-settlement')?.by.verifier.reason}`);
    expect(alertsOf(drill)).toEqual([alert]);
    expect(await readIncidents(state)).toEqual(['orders verifier open']);
    expect(countReal(drill).coverage).toBe(1); // nothing but the canary tells of it

    await runAll(replica, ['START SLAVE']);
    const isQuiet = () => alertsOf(drill).length === 0;
    await drill.until('the alarm is over when the replica goes on', isQuiet, 2 * ROUND_MS);
    expect(await readIncidents(state)).toEqual(['orders verifier closed']);
    await holdBreaker(drill);
    await drill.until('each reserved row is right', () => isRight(drill.stack), ROUND_MS);
    await drill.stopLoad();
    expect(countReal(drill).unverified).toBe(0);
  },
  120_000 + (2 * ROUNDS + 10) * ROUND_MS,
);

/** Nothing can be found on a shard that may not be read: that is no miss, and no success either. */
async function holdBreaker(drill: Drill): Promise<void> {
  const shard = ['order-settlement', 'settlement', '--reason', 'a drill'] as const;
  const missed = () => endsIn(drill).map(({ missedMs }) => missedMs);
  const before = missed();
  await drill.processes.run('breaker', 'open', ...shard);
  const alerts = ['ERG_4108 order-settlement sweeper', 'ERG_4108 order-settlement verifier'];
  const isTold = () => alerts.every((alert) => alertsOf(drill).includes(alert));
  await drill.until('nothing proves that what is wrong is found', isTold, STALE_MS + WITHIN_MS);
  expect(alertsOf(drill).toSorted()).toEqual(alerts);
  expect(missed()).toEqual(before);
  drill.tell(`told: ${JSON.stringify(canaryIn(drill, 'order-settlement'))}`);
  await drill.processes.run('breaker', 'close', ...shard);
  await drill.until('both find again', () => alertsOf(drill).length === 0, 2 * ROUND_MS);
  expect(missed()).toEqual(before);
}

async function prepare({ servers }: DrillStack): Promise<void> {
  const { seller0, settlement } = servers;
  const [status] = await ask(endpointOf(settlement), 'SHOW MASTER STATUS');
  const { host, port, user, password } = endpointOf(settlement);
  await runAll(endpointOf(seller0), [
    'CREATE DATABASE settlement',
    'USE settlement',
    ...buildTargetSchema('settlement'),
    `CHANGE MASTER TO MASTER_HOST = '${host}', MASTER_PORT = ${port}, MASTER_USER = '${user}', MASTER_PASSWORD = '${password}',
      MASTER_LOG_FILE = '${status?.['File']}', MASTER_LOG_POS = ${status?.['Position']}`,
    'START SLAVE',
  ]);
}

/** With something to damage in each of the ways that their columns allow; on both shards, in several partitions. */
async function insertReserved(source: Endpoint): Promise<void> {
  const at = "'2026-01-01 00:00:00.000001'";
  const rows = (values: (id: number, index: number) => string) =>
    IDS.map((id, index) => `(${values(id, index)})`).join();
  await runAll(source, [
    `INSERT INTO orders VALUES ${rows((id) => `${id}, ${id}, 'Paid', 12.34, NULL, ${at}, 1, ${at}`)}`,
    `INSERT INTO product_order VALUES ${rows((id, index) => `${id}, ${id}, ${id}, ${index + 1}, 'Canary', 2, 6.17, 'Paid', NULL, 1, ${at}`)}`,
  ]);
}

async function ask({ host, port, user, password, database }: Endpoint, sql: string): Promise<readonly RowDataPacket[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database, dateStrings: true });
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    await connection.end();
  }
}

const verifiedIn = (drill: Drill, name: string) => drill.status?.verification.find(({ pipeline }) => pipeline === name);
const canaryIn = (drill: Drill, name: string) => verifiedIn(drill, name)?.canary;

function endsIn(drill: Drill) {
  const finders: readonly CanaryFinder[] = ['sweeper', 'verifier'];
  return PIPELINES.flatMap((name) => finders.map((finder) => ({ name, finder, ...canaryIn(drill, name)?.by[finder] })));
}

function isFound(drill: Drill): boolean {
  return endsIn(drill).every(({ foundMs }) => foundMs !== undefined);
}

function listMissed(drill: Drill): readonly string[] {
  return endsIn(drill).flatMap(({ missedMs, reason }) => (missedMs === undefined ? [] : [String(reason)]));
}

const alertsOf = (drill: Drill): readonly string[] =>
  (drill.status?.alerts ?? []).flatMap(({ code, message }) =>
    code === 'ERG_4107' || code === 'ERG_4108'
      ? [`${code} ${PIPELINES.find((name) => message.includes(name))} ${/verifier|sweeper/.exec(message)?.[0]}`]
      : [],
  );

/** What is told of rows that are not damaged on purpose: nothing of it may change. */
function countReal(drill: Drill) {
  const all = PIPELINES.map((name) => verifiedIn(drill, name));
  const recoveries = (drill.status?.jobs ?? []).flatMap(({ report }) =>
    report?.status.detail.kind === 'recovery' ? [report.status.detail.counts.reported] : [],
  );
  return {
    mismatches: all.reduce((sum, one) => sum + (one?.counts.mismatches ?? 0), 0),
    unverified: all.flatMap((one) => one?.partitions ?? []).reduce((sum, { unverified }) => sum + unverified.length, 0),
    coverage: Math.min(...all.map((one) => one?.coverage ?? 0)),
    reported: recoveries.reduce((sum, reported) => sum + reported, 0),
  };
}

async function readTurns(state: Endpoint): Promise<ReadonlyMap<string, number>> {
  const rows = await ask(state, 'SELECT pipeline, turn - (canary IS NOT NULL) AS turns FROM ergate_canary');
  return new Map(rows.map((row) => [String(row['pipeline']), Number(row['turns'])]));
}

async function readIncidents(state: Endpoint): Promise<readonly string[]> {
  const rows = await ask(state, `SELECT subject, is_open FROM ergate_incident WHERE kind = 'canary' ORDER BY id`);
  return rows.map((row) => `${row['subject']} ${row['is_open'] === 1 ? 'open' : 'closed'}`);
}

async function isRight({ endpoints }: DrillStack): Promise<boolean> {
  const read = (endpoint: Endpoint, table: string, key: string, columns: string) =>
    ask(endpoint, `SELECT ${columns} FROM ${table} WHERE ${key} IN (${IDS.join()}) ORDER BY ${key}`);
  const orders = ['orders', 'order_no', 'order_no, buyer_no, status, total_amount, memo, ordered_at, ver'] as const;
  const products = [
    'product_order',
    'product_order_no',
    'product_order_no, seller_no, product_name, quantity, amount, status, options, ver',
  ] as const;
  const { source, settlement, sellers } = endpoints;
  const [there, sold] = await Promise.all([
    read(settlement, ...orders),
    Promise.all(sellers.map((seller) => read(seller, ...products))),
  ]);
  const byKey = (left: RowDataPacket, right: RowDataPacket) =>
    Number(left['product_order_no']) - Number(right['product_order_no']);
  const here = [await read(source, ...orders), await read(source, ...products)];
  return JSON.stringify(here) === JSON.stringify([there, sold.flat().toSorted(byKey)]);
}
