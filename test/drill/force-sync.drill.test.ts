/**
 * A person mends single rows by the command, through whichever node owns them. `npm run drill -- force-sync` or
 * ERGATE_DRILLS=all runs it.
 */
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { SyncedRow } from '../../protocol/message/force-sync-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { isEqual } from '../compare/compare-table.ts';
import type { Drill } from '../support/drill/drill.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const isAsked = process.env['ERGATE_DRILLS'] === 'all';
const ROWS = 10;
const SETTINGS = 'pipelines: { order-settlement: { verification: {} } }';
/** A capture and eight sinks; four verifiers, four recovery actors and a sweeper. */
const JOBS = 9 + 9;

test.runIf(isAsked)(
  'rows that were damaged are as their source rows again, each by one command, and it is noted who did it and why',
  async () => {
    const drill = await startDrill({ rate: 150, settings: SETTINGS, jobs: JOBS });
    const { host, port, user, password, database } = drill.stack.endpoints.settlement;
    const sql = await mysql.createConnection({ host, port, user, password, database });
    await drill.until('enough rows are there', async () => {
      const [rows] = await sql.query('SELECT 1 FROM orders');
      return (rows as object[]).length >= ROWS;
    });
    await drill.stopLoad();
    await drill.untilDrained(); // a change would mend the row as well
    const sync = async (key: string, ...more: readonly string[]) => {
      const command = ['force-sync', 'order-settlement', 'orders', `order_no=${key}`, '--reason', 'the drill'];
      return JSON.parse(await drill.processes.run(...command, '-o', 'json', ...more)) as readonly SyncedRow[];
    };
    const [rows] = await sql.query(`SELECT order_no FROM orders ORDER BY order_no LIMIT ${ROWS}`);
    for (const [index, { order_no: key }] of (rows as { order_no: number }[]).entries()) {
      const damage = index % 2 === 0 ? 'UPDATE orders SET buyer_no = buyer_no + 1' : 'DELETE FROM orders';
      await sql.query(`${damage} WHERE order_no = ${key}`);
      const [synced] = await sync(String(key));
      expect(synced).toMatchObject({ outcome: 'written', message: '' });
      drill.tell(`${key}: partition ${synced?.partition}, version ${synced?.seq}, columns ${synced?.columns}`);
      const [[row]] = (await sql.query(`SELECT ergate_yn FROM orders WHERE order_no = ${key}`)) as unknown as [
        object[],
      ];
      expect(row).toEqual({ ergate_yn: 2 });
    }
    await syncByNats(drill, sql, String((rows as { order_no: number }[])[0]?.order_no));
    sql.destroy();
    const compare = await drill.untilDrained();
    expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
    expect(await sync(String((rows as { order_no: number }[])[0]?.order_no))).toEqual([]);
    const audit = await drill.processes.run('state', 'audit', '-o', 'json');
    expect(JSON.parse(audit)).toHaveLength(2 * (ROWS + 2));
    expect(audit).toContain('the drill');
    expect(audit).toContain('order-settlement orders order_no=');
  },
  240_000,
);

/** As a program would: it knows neither the partition nor the node. */
async function syncByNats(drill: Drill, sql: mysql.Connection, key: string): Promise<void> {
  await sql.query(`DELETE FROM orders WHERE order_no = ${key}`);
  const bus = await openNatsBus({
    servers: [drill.stack.servers.nats.url],
    name: 'drill/1',
    environment: 'dev',
    requestTimeoutMs: 5_000,
    logger: silentLogger,
  });
  try {
    await drill.until('NATS answers', () => bus.isConnected);
    const subject = buildSubjects('dev').supervisorControl('force-sync');
    const body = {
      pipeline: 'order-settlement',
      table: 'orders',
      key: [['order_no', key]],
      reason: 'the drill',
      by: 'a program',
    };
    const reply = await bus.request(subject, { type: 'force-sync', id: 'drill-1', epoch: 0, body }, 60_000);
    expect(reply).toMatchObject({ code: 'OK', body: { rows: [{ outcome: 'written' }] } });
  } finally {
    await bus.close();
  }
}
