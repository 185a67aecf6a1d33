/**
 * People repair many rows at once, by the commands alone: planned by the time of the changes, by offsets and by keys, none of
 * them known as a case before; with a node and NATS killed in the middle of the run. `npm run drill -- recover-run` or
 * ERGATE_DRILLS=all runs it.
 */
import mysql from 'mysql2/promise';
import { expect } from 'vitest';
import type { RunProgress } from '../../actors/state/run-store.ts';
import type { PlanDocument } from '../../supervisor/cli/recover-plan-command.ts';
import { isEqual } from '../compare/compare-table.ts';
import type { Drill } from '../support/drill/drill.ts';
import { endpointOf } from '../support/drill/drill-stack.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { startDrill } from '../support/drill/start-drill.ts';

/** Nobody but the commands finds a row or repairs it: the verifier would look at changes an hour later. */
const SETTINGS = `pipelines:
  order-settlement:
    verification:
      delay: 1h
      recovery: { mode: observe, checkAfter: 2s, reverifyAfter: 2s, rowsPerSecond: 2 }`;
/** A capture and eight sinks; four verifiers, four recovery actors and a sweeper. */
const JOBS = 9 + 9;
const ROWS = 100;
const ROGUES = 3;
const RUN_WITHIN_MS = 120_000;

testOnRequest(
  'rows that no case names are planned by time, offsets and keys, and repaired by a run that outlives a node and NATS',
  'the commands and the stores of runs have tests of their own',
  async () => {
    const drill = await startDrill({ rate: 150, settings: SETTINGS, jobs: JOBS });
    const { endpoints, servers } = drill.stack;
    await using sql = await mysql.createConnection(withoutName(endpoints.settlement));
    await using state = await mysql.createConnection(withoutName(endpointOf(servers.state)));
    const startMs = Date.now();
    await drill.until('enough rows are there', async () => {
      const [rows] = await sql.query('SELECT 1 FROM orders');
      return (rows as object[]).length >= ROWS;
    });
    await drill.stopLoad();
    await drill.untilDrained(); // a change would mend a row as well
    const keys = await damage(sql);

    const plan = (...args: readonly string[]) => planOf(drill, args);
    const byTime = await plan('--commit-time', `${new Date(startMs - 60_000).toISOString()}..`);
    expect(byTime).toMatchObject({ leftOut: 0, notes: [], run: { items: ROWS } });
    expect(byTime.tables['orders']).toMatchObject({ insert: ROWS / 2, update: ROWS / 2, delete: 0 });
    const ofPartitions = await Promise.all(
      [0, 1, 2, 3].map((partition) => plan('--table', 'orders', '--offset', `${partition}:0..999999999`)),
    );
    expect(ofPartitions.reduce((sum, { run }) => sum + run.items, 0)).toBe(ROWS);
    const byKeys = await plan('--table', 'orders', '--key-range', '1..');
    expect(byKeys).toMatchObject({ run: { items: ROWS + ROGUES }, tables: { orders: { delete: ROGUES } } });
    const byKey = await plan('--table', 'orders', '--key', `order_no=${keys[0]}`);
    expect(byKey).toMatchObject({ run: { items: 1 } });

    const id = String(byTime.run.id);
    drill.tell(await drill.processes.run('recover', 'run', '--plan', id, '--reason', 'INC-1'));
    const watching = drill.processes.run('recover', 'watch', id);
    await untilDone(drill, id, 10);
    drill.kill(drill.nodeOf('recovery.order-settlement.0') ?? 'no node');
    await untilDone(drill, id, 30);
    await drill.killServer('nats');
    await drill.startServer('nats');
    drill.tell(await watching);
    expect(await progressOf(drill, id)).toMatchObject({ run: { state: 'ended' }, orders: { open: 0, refused: 0 } });
    await drill.until('what was repaired is proven', async () => (await countOpen(state)) === 0, RUN_WITHIN_MS);

    const rest = await plan('--table', 'orders', '--key-range', '1..');
    expect(rest).toMatchObject({
      run: { items: ROGUES },
      tables: { orders: { insert: 0, update: 0, delete: ROGUES } },
    });
    const deletes = ['recover', 'run', '--plan', String(rest.run.id), '--reason', 'INC-1', '--approve-deletes'];
    await expect(drill.processes.run(...deletes)).rejects.toThrow(/another person/);
    await state.query(`UPDATE ergate_run SET planned_by = 'somebody@else' WHERE id = ${rest.run.id}`);
    await drill.processes.run(...deletes);
    drill.tell(await drill.processes.run('recover', 'watch', String(rest.run.id)));
    const { tables } = await drill.untilDrained();
    expect(tables.filter((table) => !isEqual(table))).toEqual([]);

    drill.tell(await drill.processes.run('recover', 'list'));
    expect(await drill.processes.run('state', 'audit', '--verify')).toContain('each as it was written');
    const audit = await drill.processes.run('state', 'audit');
    drill.tell(audit);
    expect(audit.match(/recover plan/g)).toHaveLength(8);
    expect(audit.match(/recover run/g)).toHaveLength(2);
  },
  420_000,
);

/** Half of the first orders differ and half are gone; some are there that the source never had. @returns their keys */
async function damage(sql: mysql.Connection): Promise<readonly string[]> {
  const [rows] = await sql.query(`SELECT order_no FROM orders ORDER BY order_no LIMIT ${ROWS}`);
  const keys = (rows as { order_no: number | string }[]).map(({ order_no: key }) => String(key));
  const [changed, gone] = [keys.slice(0, ROWS / 2), keys.slice(ROWS / 2)];
  for (let rogue = 1; rogue <= ROGUES; rogue++) {
    await sql.query(`CREATE TEMPORARY TABLE rogue AS SELECT * FROM orders WHERE order_no = ${keys[0]}`);
    await sql.query(`UPDATE rogue SET order_no = ${900_000_000_000 + rogue}`);
    await sql.query('INSERT INTO orders SELECT * FROM rogue');
    await sql.query('DROP TEMPORARY TABLE rogue');
  }
  await sql.query(`UPDATE orders SET buyer_no = buyer_no + 1 WHERE order_no IN (${changed.join()})`);
  await sql.query(`DELETE FROM orders WHERE order_no IN (${gone.join()})`);
  return keys;
}

async function planOf(drill: Drill, args: readonly string[]): Promise<PlanDocument> {
  const command = ['recover', 'plan', '--pipeline', 'order-settlement', ...args];
  const document = JSON.parse(await drill.processes.run(...command, '-o', 'json')) as PlanDocument;
  drill.tell(`${args.join(' ')}: ${JSON.stringify(document.tables)} ${document.notes.join()}`);
  return document;
}

async function progressOf(drill: Drill, id: string): Promise<RunProgress> {
  return JSON.parse(await drill.processes.run('recover', 'watch', id, '--once', '-o', 'json')) as RunProgress;
}

async function untilDone(drill: Drill, id: string, rows: number): Promise<void> {
  await drill.until(
    `${rows} rows of the run are done`,
    async () => {
      const { open, closed } = await progressOf(drill, id);
      return (open['repaired'] ?? 0) + (open['reverifying'] ?? 0) + (closed['verified'] ?? 0) >= rows;
    },
    RUN_WITHIN_MS,
  );
}

async function countOpen(state: mysql.Connection): Promise<number> {
  const [rows] = await state.query('SELECT 1 FROM ergate_case');
  return (rows as object[]).length;
}

function withoutName({ host, port, user, password, database }: ReturnType<typeof endpointOf>) {
  return { host, port, user, password, database };
}
