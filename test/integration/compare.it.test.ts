import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildSourceSchema, buildTargetSchema } from '../../deploy/banana/order-schema.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { compareAll } from '../compare/compare-all.ts';
import type { Endpoint, OrderEndpoints } from '../compare/endpoints.ts';

type Server = Awaited<ReturnType<typeof startMariadb>>;

const folder = mkdtempSync(join(tmpdir(), 'ergate-compare-'));
let server: Server;
let sql: mysql.Connection;
let endpoints: OrderEndpoints;

const MARKER = '1, NOW(3), 7';
const DATABASES = ['order', 'seller0', 'seller1', 'settlement'] as const;

beforeAll(async () => {
  server = await startMariadb({ folder, name: 'compare' });
  const { host, port, user, password } = server;
  sql = await mysql.createConnection({ host, port, user, password, multipleStatements: true });
  const at = (database: string): Endpoint => ({ name: database, host, port, user, password, database });
  endpoints = { source: at('order'), sellers: [at('seller0'), at('seller1')], settlement: at('settlement') };
});

afterAll(async () => {
  await sql?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Three orders with awkward values, replicated without a fault. */
beforeEach(async () => {
  for (const database of DATABASES) {
    const schema = database === 'order' ? buildSourceSchema() : buildTargetSchema(targetOf(database));
    await sql.query(`DROP DATABASE IF EXISTS \`${database}\`; CREATE DATABASE \`${database}\`; USE \`${database}\``);
    await sql.query(schema.join(';'));
  }
  await sql.query(`
    USE \`order\`;
    INSERT INTO orders VALUES
      (1, 10, 'paid', 1.10, NULL, '2026-01-02 03:04:05.000001', 1, NOW(6)),
      (2, 10, 'paid', 9999999999999999.99, '👟 it''s', '2026-01-02 03:04:05.000002', 1, NOW(6)),
      (3, 11, 'paid', 0.00, '', '2026-01-02 03:04:05.000003', 1, NOW(6));
    INSERT INTO product_order VALUES
      (20260000000000004, 1, 10, 500000000, 'even', 1, 1.10, 'paid', '{"a": 12345678901234567890.10}', 1, NOW(6)),
      (20260000000000005, 1, 10, 500000001, 'odd', 1, 1.10, 'paid', NULL, 1, NOW(6)),
      (20260000000000008, 2, 10, 500000002, 'even', 1, 1.10, 'paid', NULL, 1, NOW(6));
    INSERT INTO payment VALUES
      (9300000000000000001, 1, 10, 'card', 1.10, x'00275cff', NOW(6), 1, NOW(6)),
      (9300000000000000002, 2, 10, 'card', 1.10, NULL, NULL, 1, NOW(6));
    INSERT INTO delivery VALUES
      (20260000000000004, 1, 10, 'CJ', NULL, 'shipping', NOW(6), 1, NOW(6)),
      (20260000000000004, 12, 10, 'CJ', NULL, 'shipping', NOW(6), 1, NOW(6)),
      (20260000000000005, 1, 10, 'Post', '77', 'shipping', NULL, 1, NOW(6))`);
  await sql.query(`
    INSERT INTO settlement.orders SELECT t.*, ${MARKER} FROM orders t;
    INSERT INTO settlement.product_order SELECT t.*, ${MARKER} FROM product_order t;
    INSERT INTO settlement.payment SELECT t.*, ${MARKER} FROM payment t;
    INSERT INTO seller0.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE seller_no % 2 = 0;
    INSERT INTO seller1.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE seller_no % 2 = 1;
    INSERT INTO seller0.delivery SELECT t.*, ${MARKER} FROM delivery t WHERE product_order_no = 20260000000000004;
    INSERT INTO seller1.delivery SELECT t.*, ${MARKER} FROM delivery t WHERE product_order_no = 20260000000000005`);
});

function targetOf(database: string): 'seller' | 'settlement' {
  return database === 'settlement' ? 'settlement' : 'seller';
}

async function findDifferences(): Promise<string[]> {
  const { equal, tables } = await compareAll({ endpoints });
  const found = tables.flatMap(({ target, table, examples, failure }) => [
    ...examples.map(({ kind, key, columns }) => `${target}.${table} ${kind} ${key} ${columns.join()}`.trimEnd()),
    ...(failure === undefined ? [] : [`${target}.${table} ${failure}`]),
  ]);
  expect(equal).toBe(found.length === 0);
  return found;
}

describe('independent compare', () => {
  test('finds nothing where nothing is wrong', async () => {
    const { equal, tables, deliveriesWithoutSeller } = await compareAll({ endpoints });
    expect({ equal, deliveriesWithoutSeller }).toEqual({ equal: true, deliveriesWithoutSeller: 0 });
    expect(tables.map(({ target, table, rows }) => `${target}.${table} ${rows}`)).toEqual([
      'seller0.product_order 2',
      'seller0.delivery 2',
      'seller1.product_order 1',
      'seller1.delivery 1',
      'settlement.orders 3',
      'settlement.product_order 3',
      'settlement.payment 2',
    ]);
  });

  test.each([
    ['a missing row', 'DELETE FROM settlement.orders WHERE order_no = 1', ['settlement.orders missing 1']],
    ['a missing last row', 'DELETE FROM settlement.orders WHERE order_no = 3', ['settlement.orders missing 3']],
    ['a row that should be gone', 'DELETE FROM orders WHERE order_no = 2', ['settlement.orders extra 2']],
    ['an empty target table', 'DELETE FROM seller1.delivery', ['seller1.delivery missing 20260000000000005,1']],
    [
      'a row on the wrong shard',
      `INSERT INTO seller1.product_order SELECT * FROM seller0.product_order WHERE product_order_no = 20260000000000008;
       DELETE FROM seller0.product_order WHERE product_order_no = 20260000000000008`,
      ['seller0.product_order missing 20260000000000008', 'seller1.product_order extra 20260000000000008'],
    ],
    [
      'a row on both shards',
      'INSERT INTO seller1.delivery SELECT * FROM seller0.delivery WHERE dispatch_no = 12',
      ['seller1.delivery extra 20260000000000004,12'],
    ],
    [
      'an old primary key left behind',
      'UPDATE delivery SET dispatch_no = 2 WHERE product_order_no = 20260000000000005',
      ['seller1.delivery missing 20260000000000005,2', 'seller1.delivery extra 20260000000000005,1'].toReversed(),
    ],
    [
      'a delivery whose product order is gone',
      'DELETE FROM product_order WHERE product_order_no = 20260000000000005; DELETE FROM seller1.product_order; DELETE FROM settlement.product_order WHERE product_order_no = 20260000000000005',
      ['seller1.delivery extra 20260000000000005,1'],
    ],
    [
      'one lost digit',
      'UPDATE settlement.orders SET total_amount = 9999999999999999.98 WHERE order_no = 2',
      ['settlement.orders different 2 total_amount'],
    ],
    [
      'one microsecond',
      "UPDATE settlement.orders SET ordered_at = '2026-01-02 03:04:05.000004' WHERE order_no = 3",
      ['settlement.orders different 3 ordered_at'],
    ],
    [
      'NULL for the empty text',
      'UPDATE settlement.orders SET memo = NULL WHERE order_no = 3',
      ['settlement.orders different 3 memo'],
    ],
    [
      'the empty text for NULL',
      "UPDATE settlement.orders SET memo = '' WHERE order_no = 1",
      ['settlement.orders different 1 memo'],
    ],
    [
      "the text 'null' for NULL",
      "UPDATE seller1.product_order SET options = 'null'",
      ['seller1.product_order different 20260000000000005 options'],
    ],
    [
      'other case',
      "UPDATE seller1.product_order SET product_name = 'Odd'",
      ['seller1.product_order different 20260000000000005 product_name'],
    ],
    [
      'a trailing space',
      "UPDATE seller1.delivery SET carrier = 'Post '",
      ['seller1.delivery different 20260000000000005,1 carrier'],
    ],
    [
      'a lost four-byte character',
      "UPDATE settlement.orders SET memo = '? it''s' WHERE order_no = 2",
      ['settlement.orders different 2 memo'],
    ],
    [
      'one bit',
      "UPDATE settlement.payment SET pg_tid = x'00275cfe' WHERE payment_no = 9300000000000000001",
      ['settlement.payment different 9300000000000000001 pg_tid'],
    ],
    [
      'a shortened number inside JSON',
      `UPDATE seller0.product_order SET options = '{"a": 12345678901234567890.1}' WHERE product_order_no = 20260000000000004`,
      ['seller0.product_order different 20260000000000004 options'],
    ],
    [
      'a row that another writer wrote',
      'UPDATE seller1.product_order SET ergate_yn = 0',
      ['seller1.product_order unmarked 20260000000000005 ergate_yn'],
    ],
    [
      'a row without a version',
      'UPDATE settlement.payment SET ergate_seq = NULL WHERE payment_no = 9300000000000000002',
      ['settlement.payment unmarked 9300000000000000002 ergate_seq'],
    ],
    [
      'a missing table',
      'DROP TABLE settlement.payment',
      ['settlement.payment table payment does not exist at the target'],
    ],
  ])('names %s', async (_, damage, expected) => {
    await sql.query(`USE \`order\`; ${damage}`);
    expect(await findDifferences()).toEqual(expected);
  });

  test('columns of one side only are named, not compared', async () => {
    await sql.query('ALTER TABLE `order`.orders ADD COLUMN fresh INT DEFAULT 5');
    const { equal, tables } = await compareAll({ endpoints });
    expect(equal).toBe(true);
    expect(tables.find(({ table }) => table === 'orders')?.uncompared).toEqual(['fresh']);
  });

  test('reads tables of many pages and gives the first 20 differences', async () => {
    await sql.query(`USE \`order\`;
      INSERT INTO orders SELECT 100 + seq, 1, 'paid', 1, NULL, NOW(6), 1, NOW(6) FROM seq_1_to_2500;
      INSERT INTO settlement.orders SELECT t.*, ${MARKER} FROM orders t WHERE order_no > 100;
      DELETE FROM settlement.orders WHERE order_no > 1000 AND order_no % 50 = 0`);
    const { tables } = await compareAll({ endpoints });
    const orders = tables.find(({ table }) => table === 'orders');
    expect(orders).toMatchObject({ rows: 2_503, missing: 32, extra: 0, different: 0 });
    expect(orders?.examples).toHaveLength(20);
  });

  test('waits until a late change has arrived', async () => {
    await sql.query('USE `order`; DELETE FROM settlement.orders WHERE order_no = 1');
    let mended: Promise<unknown> | undefined;
    const { equal, rounds } = await compareAll({
      endpoints,
      waitMs: 20_000,
      onTable: ({ missing }) => {
        if (missing > 0) {
          mended ??= sql.query(
            `INSERT INTO settlement.orders SELECT t.*, ${MARKER} FROM \`order\`.orders t WHERE order_no = 1`,
          );
        }
      },
    });
    await mended;
    expect(equal).toBe(true);
    expect(rounds).toBeGreaterThanOrEqual(2);
  });
});
