/** A recovery actor on the real state database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../actors/state/finding.ts';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { aMismatch, aRow, RecoveryRig, type WorldRow } from '../support/recovery-rig.ts';

const SCHEMA = 'recovery_test';
const RULES = {
  checkAfter: 400,
  reverifyAfter: 400,
  rowsPerSecond: 1_000,
  deletesPerHour: 1_000,
  storm: { rows: 10_000, within: 60_000 },
};
const ROWS: readonly WorldRow[] = [
  { source: 'new', target: 'old' },
  { source: 'new', target: undefined },
  { source: undefined, target: 'rogue' },
];
const COUNT = 300;
/** Asked of the sink at a time; the answers to those are lost with the actor. */
const MAX_REQUESTS = 32;

const UNROUTED: Finding = {
  pipeline: 'orders',
  topic: 'cdc.order',
  topicEpoch: 0,
  partition: 0,
  offset: 42n,
  payloadIndex: 0,
  code: 'ERG_2001',
  stage: 'route',
  message: 'ERG_2001: no seller',
  table: 'orders',
  rowKey: undefined,
  recordKey: null,
  recordValue: Buffer.from('{}'),
};

let folder: string;
let server: MariadbServer;
let db: Awaited<ReturnType<typeof openSchema>>;
let state: StateDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-recovery-'));
  server = await startMariadb({ folder, name: 'recovery' });
  db = await openSchema(server, SCHEMA);
  state = openStateDatabase(serverOf({ server, schema: SCHEMA }));
  await state.ensureSchema();
});

afterAll(async () => {
  state?.close();
  db?.destroy();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function count(sql: string): Promise<number> {
  const [rows] = await db.query(`SELECT COUNT(*) AS n FROM ${sql}`);
  return Number((rows as { n: unknown }[])[0]?.n); // one row, as COUNT gives
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = Date.now() + 40_000;
  while (!(await isTrue())) {
    expect(Date.now()).toBeLessThan(deadlineMs);
    await sleep(50);
  }
}

test('what is reported twice, by two, or found by a sink, is repaired, proven and closed once, by actors that are killed', async () => {
  const rig = new RecoveryRig({
    rules: RULES,
    cases: state.cases,
    clock: systemClock,
    records: { nameRows: async () => [aRow('routed')] },
    repairMs: 20,
  });
  const killsLeft = ['report.write.after', 'write.after', 'repair.before', 'repair.after'];
  rig.isKilledAt = (step) => {
    const isKilled = step === killsLeft[0];
    if (isKilled) {
      killsLeft.shift();
    }
    return isKilled;
  };
  const keys = Array.from({ length: COUNT }, (_, index) => String(index));
  const rowOf = (key: string) => ROWS[Number(key) % ROWS.length] as WorldRow;
  for (const key of keys) {
    rig.rows.set(key, rowOf(key));
  }
  rig.rows.set('routed', { source: 'new', target: undefined });
  await state.findings.store([UNROUTED]);
  const mismatches = keys.map((key) => aMismatch(key, rowOf(key)));
  rig.spawn();
  const reportUntilStored = async () => {
    await until(async () => {
      if (!rig.isAlive) {
        rig.spawn();
      }
      return (await rig.report(mismatches)) === 'OK';
    });
  };
  await Promise.all([reportUntilStored(), reportUntilStored()]);
  await until(async () => {
    if (!rig.isAlive) {
      rig.spawn();
    }
    return (await count('ergate_case')) === 0 && (await count('ergate_finding WHERE case_id IS NULL')) === 0;
  });
  expect(killsLeft).toEqual([]);
  for (const key of keys) {
    const { source } = rowOf(key);
    expect(rig.rows.get(key)).toEqual({ source, target: source });
  }
  expect(rig.overlaps).toEqual([]);
  expect(rig.rows.get('routed')).toEqual({ source: 'new', target: 'new' });
  expect(await count("ergate_case_history WHERE case_end = 'verified'")).toBe(COUNT + 1);
  expect(await count("ergate_case_history WHERE kind = 'opaque' AND case_end = 'replayed'")).toBe(1);
  expect(await count('ergate_case_history')).toBe(COUNT + 2);
  expect(await count('ergate_finding WHERE case_id IS NULL')).toBe(0);
  const undoable = await count("ergate_case_event WHERE event IN ('deleted', 'writeOk') AND before_image IS NOT NULL");
  expect(undoable).toBeGreaterThanOrEqual(COUNT - 2 * MAX_REQUESTS);
  await rig.actor.stop();
});
