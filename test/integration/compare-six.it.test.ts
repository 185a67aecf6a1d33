/** The independent check of the six pipelines: that it sees what would be wrong in the tables and places that only they have. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTables } from '../../deploy/demo/create-tables.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { compareAll } from '../compare/compare-all.ts';
import type { Endpoint, OrderEndpoints } from '../compare/endpoints.ts';

type Server = Awaited<ReturnType<typeof startMariadb>>;

const folder = mkdtempSync(join(tmpdir(), 'ergate-compare-six-'));
let server: Server;
let sql: mysql.Connection;
let endpoints: OrderEndpoints;

const MARKER = '1, NOW(3), 7';
const CHANGE = '1, NOW(6)';
const DATABASES = ['order', 'delivery', 'seller0', 'seller1', 'settlement', 'delivery_view', 'hosting0', 'hosting1'];

const TABLES = [
  ...['order', 'settlement', 'seller0', 'seller1', 'hosting0', 'hosting1'].map((name) => `\`${name}\`.orders`),
  ...DATABASES.map((name) => `\`${name}\`.product_order`),
  ...['order', 'settlement', 'seller0', 'seller1'].map((name) => `\`${name}\`.payment`),
  ...['order', 'delivery_view', 'seller0', 'seller1'].map((name) => `\`${name}\`.delivery`),
  ...['delivery', 'seller0', 'seller1'].flatMap((name) => [`${name}.parcel`, `${name}.parcel_scan`]),
];

/** Sellers of the directory: 0 has partner 1, 1 has none, 2 has partner 2. */
const [HAS_1, HAS_NONE, HAS_2] = [500_000_000, 500_000_001, 500_000_002];

beforeAll(async () => {
  server = await startMariadb({ folder, name: 'compare' });
  const { host, port, user, password } = server;
  sql = await mysql.createConnection({ host, port, user, password, multipleStatements: true });
  const at = (database: string): Endpoint => ({ name: database, host, port, user, password, database });
  endpoints = {
    source: at('order'),
    sellers: [at('seller0'), at('seller1')],
    settlement: at('settlement'),
    six: {
      delivery: at('delivery'),
      deliveryView: at('delivery_view'),
      hosting: [
        { endpoint: at('hosting0'), partners: ['1'] },
        { endpoint: at('hosting1'), partners: ['2', '3'] },
      ],
    },
  };
  await sql.query(DATABASES.map((name) => `CREATE DATABASE \`${name}\``).join(';'));
  await createTables(endpoints);
});

afterAll(async () => {
  await sql?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Two orders and two parcels, replicated without a fault. The first order has sellers of both partners and of none. */
beforeEach(async () => {
  await sql.query(`
    START TRANSACTION;
    ${TABLES.map((table) => `DELETE FROM ${table}`).join(';')};
    USE \`order\`;
    INSERT INTO orders VALUES (1, 10, 'paid', 1.10, NULL, NOW(6), ${CHANGE}), (2, 11, 'paid', 2.20, '', NOW(6), ${CHANGE});
    INSERT INTO product_order VALUES
      (11, 1, 10, ${HAS_1}, 'a', 1, 1.10, 'paid', NULL, ${CHANGE}),
      (12, 1, 10, ${HAS_2}, 'b', 1, 1.10, 'paid', NULL, ${CHANGE}),
      (13, 1, 10, ${HAS_NONE}, 'c', 1, 1.10, 'paid', NULL, ${CHANGE}),
      (21, 2, 11, ${HAS_NONE}, 'd', 1, 1.10, 'paid', NULL, ${CHANGE});
    INSERT INTO payment VALUES (91, 1, 10, 'card', 1.10, NULL, NULL, ${CHANGE}), (92, 2, 11, 'card', 2.20, NULL, NULL, ${CHANGE});
    INSERT INTO delivery VALUES (11, 1, 10, 'CJ', NULL, 'shipping', NULL, ${CHANGE});
    INSERT INTO delivery.product_order VALUES (71, ${HAS_1}, ${CHANGE}), (72, ${HAS_NONE}, ${CHANGE});
    INSERT INTO delivery.parcel VALUES (1, 71, 'CJ', NULL, 'sent', ${CHANGE}), (2, 72, 'CJ', NULL, 'sent', ${CHANGE});
    INSERT INTO delivery.parcel_scan VALUES (1, 1, 71, 'x', ${CHANGE}), (2, 1, 72, 'x', ${CHANGE});
    INSERT INTO settlement.orders SELECT t.*, ${MARKER} FROM orders t;
    INSERT INTO settlement.product_order SELECT t.*, ${MARKER} FROM product_order t;
    INSERT INTO settlement.payment SELECT t.*, ${MARKER} FROM payment t;
    INSERT INTO delivery_view.product_order SELECT t.*, ${MARKER} FROM product_order t;
    INSERT INTO delivery_view.delivery SELECT t.*, ${MARKER} FROM delivery t;
    INSERT INTO seller0.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE product_order_no IN (11, 12);
    INSERT INTO seller0.delivery SELECT t.*, ${MARKER} FROM delivery t;
    INSERT INTO seller0.orders SELECT t.*, ${MARKER} FROM orders t WHERE order_no = 1;
    INSERT INTO seller0.payment SELECT t.*, ${MARKER} FROM payment t WHERE order_no = 1;
    INSERT INTO seller0.parcel SELECT t.*, ${MARKER} FROM delivery.parcel t WHERE parcel_no = 1;
    INSERT INTO seller0.parcel_scan SELECT t.*, ${MARKER} FROM delivery.parcel_scan t WHERE parcel_no = 1;
    INSERT INTO seller1.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE product_order_no IN (13, 21);
    INSERT INTO seller1.orders SELECT t.*, ${MARKER} FROM orders t;
    INSERT INTO seller1.payment SELECT t.*, ${MARKER} FROM payment t;
    INSERT INTO seller1.parcel SELECT t.*, ${MARKER} FROM delivery.parcel t WHERE parcel_no = 2;
    INSERT INTO seller1.parcel_scan SELECT t.*, ${MARKER} FROM delivery.parcel_scan t WHERE parcel_no = 2;
    INSERT INTO hosting0.product_order
      SELECT t.*, s.seller_name, ${MARKER} FROM product_order t JOIN seller s USING (seller_no) WHERE product_order_no = 11;
    INSERT INTO hosting0.orders SELECT t.*, ${MARKER} FROM orders t WHERE order_no = 1;
    INSERT INTO hosting1.product_order
      SELECT t.*, s.seller_name, ${MARKER} FROM product_order t JOIN seller s USING (seller_no) WHERE product_order_no = 12;
    INSERT INTO hosting1.orders SELECT t.*, ${MARKER} FROM orders t WHERE order_no = 1;
    COMMIT`);
});

async function findDifferences(): Promise<string[]> {
  const { equal, tables } = await compareAll({ endpoints });
  const found = tables.flatMap(({ target, table, examples, failure }) => [
    ...examples.map(({ kind, key, columns }) => `${target}.${table} ${kind} ${key} ${columns.join()}`.trimEnd()),
    ...(failure === undefined ? [] : [`${target}.${table} ${failure}`]),
  ]);
  expect(equal).toBe(found.length === 0);
  return found;
}

describe('independent compare of the six pipelines', () => {
  test('finds nothing where nothing is wrong, and looks at every table of every place', async () => {
    const { equal, tables } = await compareAll({ endpoints });
    expect(equal, JSON.stringify(tables, null, 1)).toBe(true);
    expect(tables.map(({ target, table, rows }) => `${target}.${table} ${rows}`).sort()).toEqual([
      'delivery_view.delivery 1',
      'delivery_view.product_order 4',
      'hosting0.orders 1',
      'hosting0.product_order 1',
      'hosting1.orders 1',
      'hosting1.product_order 1',
      'seller0.delivery 1',
      'seller0.orders 1',
      'seller0.parcel 1',
      'seller0.parcel_scan 1',
      'seller0.payment 1',
      'seller0.product_order 2',
      'seller1.delivery 0',
      'seller1.orders 2',
      'seller1.parcel 1',
      'seller1.parcel_scan 1',
      'seller1.payment 2',
      'seller1.product_order 2',
      'settlement.orders 2',
      'settlement.payment 2',
      'settlement.product_order 4',
    ]);
  });

  test.each([
    ['an order that one of its sellers misses', 'DELETE FROM seller0.orders', ['seller0.orders missing 1']],
    [
      'a payment at a seller who sold nothing of it',
      'INSERT INTO seller0.payment SELECT * FROM seller1.payment WHERE payment_no = 92',
      ['seller0.payment extra 92'],
    ],
    ['an order that one partner misses', 'DELETE FROM hosting1.orders', ['hosting1.orders missing 1']],
    [
      'a product order of a seller without partner',
      `INSERT INTO hosting0.product_order SELECT t.*, 'x', ${MARKER} FROM \`order\`.product_order t WHERE product_order_no = 13`,
      ['hosting0.product_order extra 13'],
    ],
    [
      'a product order at the wrong partner',
      'INSERT INTO hosting0.product_order SELECT * FROM hosting1.product_order; DELETE FROM hosting1.product_order',
      ['hosting0.product_order extra 12', 'hosting1.product_order missing 12'],
    ],
    [
      'another name than the seller has',
      "UPDATE hosting0.product_order SET seller_name = 'x'",
      ['hosting0.product_order different 11 seller_name'],
    ],
    [
      'no name',
      'UPDATE hosting1.product_order SET seller_name = NULL',
      ['hosting1.product_order different 12 seller_name'],
    ],
    [
      'a parcel that was left behind when it went to another seller',
      'UPDATE delivery.parcel SET product_order_no = 72 WHERE parcel_no = 1',
      ['seller0.parcel extra 1', 'seller1.parcel missing 1'],
    ],
    ['a scan that is missing', 'DELETE FROM seller1.parcel_scan', ['seller1.parcel_scan missing 2,1']],
    [
      'an old value at the delivery view',
      "UPDATE delivery_view.delivery SET status = 'old'",
      ['delivery_view.delivery different 11,1 status'],
    ],
  ])('finds %s', async (_, damage, expected) => {
    await sql.query(damage);
    expect(await findDifferences()).toEqual(expected);
  });
});
