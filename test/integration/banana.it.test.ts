import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LoadGenerator, type LoadOptions } from '../../deploy/banana/load-generator.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';

type Server = Awaited<ReturnType<typeof startMariadb>>;

const folder = mkdtempSync(join(tmpdir(), 'ergate-banana-'));
let server: Server;

beforeAll(async () => {
  server = await startMariadb({ folder, name: 'banana', source: true });
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function withConnection<Result>(work: (sql: mysql.Connection) => Promise<Result>): Promise<Result> {
  const { host, port, user, password } = server;
  const sql = await mysql.createConnection({ host, port, user, password });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** A generator on a fresh database, started. */
async function startLoad(database: string, options: Partial<LoadOptions> = {}): Promise<LoadGenerator> {
  await withConnection((sql) => sql.query(`CREATE DATABASE IF NOT EXISTS \`${database}\``));
  const { host, port, user, password } = server;
  const generator = new LoadGenerator({
    server: { host, port, user, password, database },
    rate: 1_000,
    seed: 5,
    ...options,
  });
  await generator.start();
  return generator;
}

async function untilChanges(generator: LoadGenerator, changes: number): Promise<void> {
  await expect.poll(() => generator.report().changes, { timeout: 60_000, interval: 20 }).toBeGreaterThan(changes);
}

/** Everything but the time stamps, as one text. */
async function readTables(database: string): Promise<string> {
  return withConnection(async (sql) => {
    const tables = [
      'SELECT order_no, buyer_no, status, total_amount, HEX(memo), ver FROM orders ORDER BY 1',
      'SELECT product_order_no, seller_no, HEX(product_name), status, options, ver FROM product_order ORDER BY 1',
      'SELECT payment_no, order_no, method, amount, HEX(pg_tid), paid_at IS NULL, ver FROM payment ORDER BY 1',
      'SELECT product_order_no, dispatch_no, carrier, invoice_no, status, ver FROM delivery ORDER BY 1, 2',
    ];
    await sql.query(`USE \`${database}\``);
    const results = await Promise.all(tables.map((table) => sql.query({ sql: table, rowsAsArray: true })));
    return results.map(([rows]) => JSON.stringify(rows)).join('\n');
  });
}

/** Rows that no sequence of whole transactions can leave behind. */
async function countTornOrders(database: string): Promise<number> {
  return withConnection(async (sql) => {
    await sql.query(`USE \`${database}\``);
    const [rows] = await sql.query<mysql.RowDataPacket[]>(`
      SELECT (SELECT COUNT(*) FROM orders o LEFT JOIN payment p USING (order_no)
               WHERE (o.status = 'canceled') = (p.payment_no IS NOT NULL))
           + (SELECT COUNT(*) FROM orders o LEFT JOIN product_order p USING (order_no) WHERE p.order_no IS NULL)
           + (SELECT COUNT(*) FROM product_order p LEFT JOIN orders o USING (order_no) WHERE o.order_no IS NULL)
           + (SELECT COUNT(*) FROM product_order p LEFT JOIN delivery d USING (product_order_no)
               WHERE (p.status IN ('shipping', 'delivered', 'confirmed')) <> (d.dispatch_no IS NOT NULL)) AS torn`);
    return Number(rows[0]?.['torn']);
  });
}

describe('load generator', () => {
  test('equal seeds leave equal rows', async () => {
    for (const database of ['first', 'second']) {
      const generator = await startLoad(database, { writers: 1, rate: 5_000, maxChanges: 4_000, keepFinished: 20 });
      await generator.ended();
      expect(generator.report()).toMatchObject({ surprises: 0, reconnects: 0 });
    }
    const first = await readTables('first');
    expect(first.length).toBeGreaterThan(10_000);
    expect(await readTables('second')).toBe(first);
    expect(await countTornOrders('first')).toBe(0);
  });

  test('holds the rate', async () => {
    const generator = await startLoad('steady', { rate: 500 });
    await expect.poll(() => generator.report().perSecond.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    await generator.stop();
    const { perSecond, changes, transactions } = generator.report();
    const mean = perSecond.reduce((sum, held) => sum + held) / perSecond.length;
    expect(mean).toBeGreaterThan(475);
    expect(mean).toBeLessThan(525);
    expect(changes).toBeGreaterThan(transactions);
  });

  test('knows the outcome of every transaction when its connections are cut', async () => {
    const generator = await startLoad('cut', { rate: 3_000, writers: 3, keepFinished: 20 });
    for (let round = 1; round <= 15; round++) {
      await untilChanges(generator, round * 200);
      await killSessions('cut');
    }
    await untilChanges(generator, generator.report().changes + 3_000);
    await generator.stop();
    const { foundCommitted, foundMissing, reconnects, surprises } = generator.report();
    expect(reconnects).toBeGreaterThanOrEqual(15);
    expect(foundCommitted + foundMissing).toBeGreaterThan(0);
    expect(surprises).toBe(0);
    expect(await countTornOrders('cut')).toBe(0);
  });

  test('goes on when the source was killed and came back, and says that the rate was not held', async () => {
    const generator = await startLoad('killed', { rate: 2_000, keepFinished: 20 });
    for (let round = 0; round < 2; round++) {
      await untilChanges(generator, generator.report().changes + 500);
      await server.killHard();
      await expect.poll(() => generator.report().perSecond.at(-1), { timeout: 10_000 }).toBe(0);
      await server.start();
    }
    await untilChanges(generator, generator.report().changes + 3_000);
    await generator.stop();
    expect(generator.report()).toMatchObject({ surprises: 0 });
    expect(generator.report().givenUp).toBeGreaterThan(0);
    expect(await countTornOrders('killed')).toBe(0);
  });

  test('a second generator on one source is refused', async () => {
    const generator = await startLoad('shared', { rate: 100 });
    await expect(startLoad('shared', { rate: 100 })).rejects.toThrow(/second load generator/);
    await generator.stop();
  });
});

async function killSessions(database: string): Promise<void> {
  await withConnection(async (sql) => {
    const [rows] = await sql.query<mysql.RowDataPacket[]>(
      `SELECT id FROM information_schema.processlist WHERE db = '${database}'`,
    );
    for (const row of rows) {
      await sql.query(`KILL ${Number(row['id'])}`).catch(() => {}); // may be gone already
    }
  });
}
