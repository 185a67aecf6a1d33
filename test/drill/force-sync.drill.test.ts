/**
 * A person mends single rows by the command, through whichever node owns them. `npm run drill -- force-sync` or
 * ERGATE_DRILLS=all runs it.
 */
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import type { SyncedRow } from '../../supervisor/cli/force-sync-command.ts';
import { isEqual } from '../compare/compare-table.ts';
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
    sql.destroy();
    const compare = await drill.untilDrained();
    expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
    expect(await sync(String((rows as { order_no: number }[])[0]?.order_no))).toEqual([]);
    const audit = await drill.processes.run('state', 'audit', '-o', 'json');
    expect(JSON.parse(audit)).toHaveLength(2 * (ROWS + 1));
    expect(audit).toContain('the drill');
  },
  240_000,
);
