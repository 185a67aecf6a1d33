/** The look that decides, at a real server: the tables of the demo, and of the six pipelines those with look-ups. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type CountingRowWitness, createRowWitness } from '../../actors/row/create-row-witness.ts';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { buildSellerDirectory } from '../../deploy/banana/seller-directory.ts';
import { createTables } from '../../deploy/demo/create-tables.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { readSettings } from '../../protocol/settings/read-settings.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import type { DatabaseSettings, PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { KeyCell, RowName } from '../../protocol/verify/row-name.ts';
import { listSourceKeys, openRowReaders } from '../../supervisor/open-row-readers.ts';
import type { Endpoint } from '../compare/endpoints.ts';
import { serverOf } from '../support/capture-rig.ts';
import { holdServer } from '../support/hold-server.ts';
import { describe as tell } from '../support/witness-rig.ts';

const SIX = join(import.meta.dirname, '../../deploy/settings/six-pipelines.yaml');
const SELLERS = ['seller0', 'seller1'];
const HOSTING = ['hosting0', 'hosting1', 'hosting2'];
const MARKER = '1, NOW(3), 7';
const CHANGE = '1, NOW(6)';
/** Sellers of the directory: the first has partner 1, the second none, the third partner 2. */
const [HAS_1, HAS_NONE, HAS_2] = [500_000_000, 500_000_001, 500_000_002];
const DEADLINE_MS = 500;

const folder = mkdtempSync(join(tmpdir(), 'ergate-witness-'));
const { pipelines } = readSettings([SIX], {});
let server: MariadbServer;
let sql: mysql.Connection;
let source: MysqlSourceDatabase;

beforeAll(async () => {
  server = await startMariadb({ folder, name: 'witness' });
  const { host, port, user, password } = server;
  sql = await mysql.createConnection({ host, port, user, password, multipleStatements: true });
  const databases = ['order', 'settlement', ...SELLERS, ...HOSTING];
  await sql.query(databases.map((name) => `CREATE DATABASE \`${name}\``).join(';'));
  const at = (name: string): Endpoint => ({ name, host, port, user, password, database: name });
  await createTables({
    source: at('order'),
    sellers: SELLERS.map(at),
    settlement: at('settlement'),
    six: {
      delivery: at('delivery'),
      deliveryView: at('delivery_view'),
      hosting: HOSTING.map((name) => ({ endpoint: at(name), partners: [] })),
    },
  });
});

afterAll(async () => {
  await sql?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One order with sellers of two partners and of none, where it belongs. */
beforeEach(async () => {
  const tables = ['orders', 'product_order', 'payment', 'delivery'];
  const places = [
    ...['order', ...SELLERS].flatMap((place) => tables.map((table) => `\`${place}\`.${table}`)),
    ...HOSTING.flatMap((place) => ['orders', 'product_order'].map((table) => `${place}.${table}`)),
  ];
  const copies = [...SELLERS, 'hosting0', 'hosting1'].map(
    (place) => `INSERT INTO ${place}.orders SELECT t.*, ${MARKER} FROM orders t`,
  );
  await sql.query(`START TRANSACTION; ${places.map((table) => `DELETE FROM ${table}`).join(';')};
    USE \`order\`;
    DELETE FROM seller; ${buildSellerDirectory().at(-1)};
    INSERT INTO orders VALUES (1, 10, 'paid', 1.10, NULL, NOW(6), ${CHANGE});
    INSERT INTO product_order VALUES
      (11, 1, 10, ${HAS_1}, '커피 👟', 1, 1.10, 'paid', '{"b": 1, "a": 12345678901234567890}', ${CHANGE}),
      (12, 1, 10, ${HAS_2}, 'b', 1, 1.10, 'paid', NULL, ${CHANGE}),
      (13, 1, 10, ${HAS_NONE}, 'c', 1, 1.10, 'paid', NULL, ${CHANGE});
    INSERT INTO payment VALUES (91, 1, 10, 'card', 1.10, x'00ff', NULL, ${CHANGE});
    INSERT INTO delivery VALUES (11, 1, 10, 'CJ', NULL, 'shipping', NULL, ${CHANGE});
    ${copies.join(';')};
    INSERT INTO seller0.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE product_order_no IN (11, 12);
    INSERT INTO seller1.product_order SELECT t.*, ${MARKER} FROM product_order t WHERE product_order_no = 13;
    INSERT INTO seller0.delivery SELECT t.*, ${MARKER} FROM delivery t;
    INSERT INTO seller0.payment SELECT t.*, ${MARKER} FROM payment t;
    INSERT INTO seller1.payment SELECT t.*, ${MARKER} FROM payment t;
    INSERT INTO hosting0.product_order
      SELECT t.*, s.seller_name, ${MARKER} FROM product_order t JOIN seller s USING (seller_no) WHERE product_order_no = 11;
    INSERT INTO hosting1.product_order
      SELECT t.*, s.seller_name, ${MARKER} FROM product_order t JOIN seller s USING (seller_no) WHERE product_order_no = 12;
    COMMIT`);
  source = openSource(server.port);
});

afterEach(() => source.close());

function openSource(port: number): MysqlSourceDatabase {
  return new MysqlSourceDatabase({
    server: { ...serverOf({ server, schema: 'order' }), port },
    queryDeadlineMs: DEADLINE_MS,
    rowsDeadlineMs: DEADLINE_MS,
    openForMs: 200,
  });
}

/** @param ports of shards that are not at the server */
function openWitness(
  pipeline: string,
  ports: Readonly<Record<string, number>> = {},
  from = source,
): CountingRowWitness {
  const settings = pipelines[pipeline] as PipelineSettings;
  const { host, port, user, password = '' } = server;
  const shards = pipeline === 'order-seller' ? SELLERS : HOSTING;
  const target: DatabaseSettings = {
    driver: 'mysql',
    shards: shards.map((name) => ({
      ...{ name, host, user, database: name },
      port: ports[name] ?? port,
      password: new Secret(password),
    })),
  };
  const readers = openRowReaders(target, settings);
  const rows = from.openRowReader(listSourceKeys(settings));
  onTestFinished(() => {
    rows.close();
    for (const { primary } of readers) {
      primary.close();
    }
  });
  return createRowWitness({
    settings,
    source: rows,
    targets: readers.map(({ name, primary }) => ({ name, reader: primary })),
    openLookup: (resolver) => from.lookup(resolver),
    clock: systemClock,
  });
}

/** By the one number that is its key on both sides. */
function named(table: string, shard: string, column: string, no: number): RowName {
  const key: readonly KeyCell[] = [[column, String(no)]];
  return { table, shard, rowKey: `${table}/${no}`, targetKey: key, sourceKey: key };
}

const order = (shard: string, no: number) => named('orders', shard, 'order_no', no);
const productOrder = (shard: string, no: number) => named('product_order', shard, 'product_order_no', no);

async function see(witness: CountingRowWitness, rows: readonly RowName[]): Promise<readonly string[]> {
  return (await witness.look(rows)).map(tell);
}

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

describe('rows by seller', () => {
  const payments = SELLERS.map((shard) => named('payment', shard, 'payment_no', 91));
  const delivery: RowName = {
    ...named('delivery', 'seller0', 'product_order_no', 11),
    ...{
      targetKey: [
        ['product_order_no', '11'],
        ['dispatch_no', '1'],
      ],
    },
    ...{
      sourceKey: [
        ['product_order_no', '11'],
        ['dispatch_no', '1'],
      ],
    },
  };
  const all = [
    ...[11, 12].map((no) => productOrder('seller0', no)),
    productOrder('seller1', 13),
    ...SELLERS.map((shard) => order(shard, 1)),
    ...payments,
    delivery,
  ];

  test('what was replicated is equal, on every shard and for every kind of column', async () => {
    const witness = openWitness('order-seller');
    expect(await see(witness, all)).toEqual(all.map(() => 'equal'));
    expect(witness.counts).toEqual({ sourceReads: 6, targetReads: 8 });
  });

  test('every damage is seen, and nothing but the damage', async () => {
    await sql.query(`UPDATE seller0.product_order SET options = '{"b": 1, "a": 12345678901234567891}', status = 'paid '
        WHERE product_order_no = 11;
      UPDATE seller1.product_order SET product_name = 'C' WHERE product_order_no = 13;
      UPDATE seller0.orders SET memo = '', ordered_at = ordered_at + INTERVAL 1 MICROSECOND;
      UPDATE seller0.payment SET pg_tid = x'00fe';
      DELETE FROM seller0.delivery;
      INSERT INTO seller1.product_order SELECT * FROM seller0.product_order WHERE product_order_no = 12;
      INSERT INTO seller1.orders SELECT 99, buyer_no, status, total_amount, memo, ordered_at, ver, updated_at, ${MARKER} FROM orders`);
    const rogue = [productOrder('seller1', 12), { ...order('seller1', 99), sourceKey: [] }];
    expect(await see(openWitness('order-seller'), [...all, ...rogue])).toEqual([
      ...['different status,options', 'equal', 'different product_name', 'different memo,ordered_at', 'equal'],
      ...['different pg_tid', 'equal', 'missing', 'extra', 'extra'],
    ]);
  });

  test('a table of the source that got another column meanwhile is read anew', async () => {
    const witness = openWitness('order-seller');
    expect(await see(witness, [order('seller0', 1)])).toEqual(['equal']);
    await sql.query('ALTER TABLE `order`.orders CHANGE memo note TEXT NULL');
    onTestFinished(() => sql.query('ALTER TABLE `order`.orders CHANGE note memo TEXT NULL').then(() => {}));
    expect(await see(witness, [order('seller0', 1)])).toEqual(['equal']);
    await sql.query(`ALTER TABLE seller0.orders CHANGE memo note TEXT NULL; UPDATE seller0.orders SET note = 'x'`);
    onTestFinished(() => sql.query('ALTER TABLE seller0.orders CHANGE note memo TEXT NULL').then(() => {}));
    expect(await see(witness, [order('seller0', 1)])).toEqual(['different note']);
  });
});

describe('rows by hosting partner, with a looked-up place and a looked-up name', () => {
  const rows = [
    ...['hosting0', 'hosting1', 'hosting2'].map((shard) => productOrder(shard, 11)),
    ...['hosting0', 'hosting1'].map((shard) => productOrder(shard, 12)),
    productOrder('hosting0', 13),
    ...HOSTING.map((shard) => order(shard, 1)),
  ];

  test('rows are equal where their partners are, and absent everywhere else', async () => {
    const verdicts = await openWitness('order-hosting').look(rows);
    expect(verdicts.map(tell)).toEqual(rows.map(() => 'equal'));
    const there = verdicts.map((verdict) => verdict.kind === 'equal' && verdict.digest !== null);
    expect(there).toEqual([true, false, false, false, true, false, true, true, false]);
  });

  test('places and names are those of now', async () => {
    await sql.query(`UPDATE \`order\`.seller SET seller_name = 'renamed' WHERE seller_no = ${HAS_1};
      UPDATE \`order\`.seller SET partner_no = 3 WHERE seller_no = ${HAS_2}`);
    const moved = productOrder('hosting2', 12);
    expect(await see(openWitness('order-hosting'), [...rows, moved])).toEqual([
      ...['different seller_name', 'equal', 'equal', 'equal', 'extra', 'equal'],
      ...['equal', 'extra', 'missing', 'missing'],
    ]);
  });
});

describe('a side that does not answer', () => {
  test('a shard that is away leaves the rows of the others judged', async () => {
    const witness = openWitness('order-seller', { seller0: await closedPort() });
    const rows = [order('seller0', 1), order('seller1', 1)];
    expect(await see(witness, rows)).toEqual(['ERG_3001', 'equal']);
  });

  test('a source that is away leaves all rows unread, and its breaker opens for look-ups too', async () => {
    const away = openSource(await closedPort());
    onTestFinished(() => away.close());
    const witness = openWitness('order-seller', {}, away);
    for (let looks = 0; looks < 5; looks += 1) {
      expect(await see(witness, [order('seller0', 1), order('seller1', 1)])).toEqual(['ERG_2101', 'ERG_2101']);
    }
    expect(away.isOpen).toBe(true);
    await expect(away.lookup('NAME_OF_SELLER').findMany(['1'])).rejects.toMatchObject({ code: 'ERG_2101' });
  });

  test('a server that hangs costs one deadline however many rows are asked for, and is read again when it goes on', async () => {
    const witness = openWitness('order-seller');
    const rows = Array.from({ length: 1_600 }, (_, index) => productOrder('seller0', index + 11));
    expect((await see(witness, rows)).slice(0, 4)).toEqual(['equal', 'equal', 'equal', 'equal']);
    const goOn = await holdServer(server.pid);
    onTestFinished(goOn);
    const { sourceReads } = witness.counts;
    expect(new Set(await see(witness, rows))).toEqual(new Set(['ERG_2101']));
    expect(witness.counts.sourceReads - sourceReads).toBe(500); // of the first batch
    goOn();
    expect((await see(witness, rows)).slice(0, 4)).toEqual(['equal', 'equal', 'equal', 'equal']);
  });

  test('a reader that is closed ends its own look, and no other', async () => {
    const rows = source.openRowReader(new Map());
    const other = source.openRowReader(new Map());
    const shape = (await rows.readTables(['orders'])).get('orders');
    expect(shape?.primaryKey).toEqual(['order_no']);
    const reading = rows.readTables(['orders', 'payment']);
    rows.close();
    await expect(reading).rejects.toMatchObject({ code: 'ERG_9001' });
    await expect(rows.readTables(['orders'])).rejects.toMatchObject({ code: 'ERG_9001' });
    expect((await other.readTables(['orders'])).size).toBe(1);
    expect((await source.lookup('NAME_OF_SELLER').findMany([String(HAS_NONE)])).size).toBe(1);
  });
});
