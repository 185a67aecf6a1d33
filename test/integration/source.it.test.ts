/** Look-ups in a real source database, and what they do to it when it is slow or away. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import type { SourceLookup } from '../../actors/source/source-lookup.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { holdServer } from '../support/hold-server.ts';

const SCHEMA = 'source_test';
const OPEN_FOR_MS = 1_000;
const QUERY_DEADLINE_MS = 500;
const TRANSIENT = { code: 'ERG_2101', class: 'transient' };

let folder: string;
let server: MariadbServer;
let db: Awaited<ReturnType<typeof openSchema>>;
let source: MysqlSourceDatabase;
let sellers: SourceLookup;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-source-'));
  server = await startMariadb({ folder, name: 'order' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  db = await openSchema(server, SCHEMA);
  await db.query(`CREATE TABLE product_order (product_order_no BIGINT UNSIGNED PRIMARY KEY, seller_no BIGINT);
    INSERT INTO product_order SELECT seq, seq % 7 FROM seq_1_to_1200;
    INSERT INTO product_order VALUES (18446744073709551615, -9007199254740993)`);
  source = new MysqlSourceDatabase({
    server: serverOf({ server, schema: SCHEMA }),
    queryDeadlineMs: QUERY_DEADLINE_MS,
    openForMs: OPEN_FOR_MS,
  });
  sellers = source.lookup('SELLER_OF_PRODUCT_ORDER');
});

afterEach(() => {
  source.close();
  db.destroy();
});

async function failUntilOpen(): Promise<void> {
  for (let query = 0; query < 5 && !source.isOpen; query += 1) {
    await expect(sellers.findMany(['1'])).rejects.toMatchObject(TRANSIENT);
  }
  expect(source.isOpen).toBe(true);
}

async function readStatus(name: string): Promise<number> {
  const [rows] = await db.query(`SHOW GLOBAL STATUS LIKE '${name}'`);
  return Number((rows as { Value: string }[])[0]?.Value); // one row
}

async function stopAnswering(): Promise<() => void> {
  const goOn = await holdServer(server.pid);
  onTestFinished(goOn);
  return goOn;
}

test('keys are found under the text they were asked by; what is not there is left out', async () => {
  const found = await sellers.findMany(['1', '007', '7', '99999', 'x', '', "1' OR 1=1", '18446744073709551615']);
  expect(Object.fromEntries(found)).toEqual({
    '1': ['1'],
    '007': ['0'],
    '7': ['0'],
    '18446744073709551615': ['-9007199254740993'],
  });
});

test('no key that can exist means no query', async () => {
  const before = await readStatus('Com_select');
  expect((await sellers.findMany(['x', ''])).size).toBe(0);
  expect((await sellers.findMany([])).size).toBe(0);
  expect(await readStatus('Com_select')).toBe(before);
});

test('many keys are asked for in few queries', async () => {
  await sellers.findMany(['1']);
  const before = await readStatus('Com_select');
  const keys = Array.from({ length: 1_200 }, (_, index) => String(index + 1));
  const found = await sellers.findMany([...keys, ...keys]);
  expect(found.size).toBe(1_200);
  expect(await readStatus('Com_select')).toBe(before + 3);
});

describe('what each resolver answers', () => {
  beforeEach(async () => {
    await db.query(`DROP TABLE product_order;
      CREATE TABLE product_order (product_order_no BIGINT UNSIGNED PRIMARY KEY, order_no BIGINT UNSIGNED, seller_no BIGINT);
      INSERT INTO product_order VALUES (1, 10, 501), (2, 10, 502), (3, 10, 501), (4, 11, 503), (5, 12, 504), (6, 13, NULL);
      CREATE TABLE seller (seller_no BIGINT PRIMARY KEY, partner_no BIGINT NULL, seller_name VARCHAR(40) CHARACTER SET utf8mb4);
      INSERT INTO seller VALUES (501, 71, '김밥'), (502, 18014398509481985, 'a'), (503, NULL, '')`);
  });

  // NULL: there is none. A key that is left out: nothing is known.
  test.each([
    ['SELLER_OF_PRODUCT_ORDER', ['1', '6', '9'], { '1': ['501'], '6': [null] }],
    ['SELLERS_OF_ORDER', ['10', '11', '99'], { '10': ['501', '502'], '11': ['503'] }],
    ['PARTNER_OF_SELLER', ['501', '503', '504'], { '501': ['71'], '503': [null] }],
    ['PARTNER_OF_PRODUCT_ORDER', ['1', '4', '5', '9'], { '1': ['71'], '4': [null], '5': [null] }],
    ['PARTNERS_OF_ORDER', ['10', '11', '12', '99'], { '10': ['71', '18014398509481985'], '11': [null], '12': [null] }],
    ['NAME_OF_SELLER', ['501', '503', '504'], { '501': ['김밥'], '503': [''] }],
  ])('%s', async (resolver, keys, expected) => {
    const found = await source.lookup(resolver).findMany(keys);
    const sorted = [...found].map(([key, values]) => [key, values.toSorted()]);
    expect(Object.fromEntries(sorted)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([key, values]) => [key, values.toSorted()])),
    );
  });
});

test('a resolver that does not exist is refused by name, with those that do', () => {
  expect(() => source.lookup('NO_SUCH')).toThrow(/ERG_2102.*SELLER_OF_PRODUCT_ORDER.*NO_SUCH/);
});

test('a table or right that is missing is a matter for a person and does not open the breaker', async () => {
  await db.query('DROP TABLE product_order');
  for (let query = 0; query < 10; query += 1) {
    await expect(sellers.findMany(['1'])).rejects.toMatchObject({ code: 'ERG_2103', class: 'configuration' });
  }
  expect(source.isOpen).toBe(false);
});

test('while a source is away the breaker opens, refuses at once, and closes when one query got through', async () => {
  await sellers.findMany(['1']);
  await server.killHard();
  await failUntilOpen();
  const refusedMs = performance.now();
  await expect(sellers.findMany(['1'])).rejects.toMatchObject(TRANSIENT);
  expect(performance.now() - refusedMs).toBeLessThan(100);

  // The one query that is let through meets a source that is still away: open again.
  await vi.waitUntil(() => !source.isOpen, { timeout: 5_000 });
  await expect(sellers.findMany(['1'])).rejects.toMatchObject(TRANSIENT);
  expect(source.isOpen).toBe(true);

  await server.start();
  await vi.waitUntil(() => !source.isOpen, { timeout: 5_000 });
  expect((await sellers.findMany(['1'])).get('1')).toEqual(['1']);
  const all = await Promise.all(Array.from({ length: 20 }, () => sellers.findMany(['2'])));
  expect(all.map((found) => found.get('2'))).toEqual(Array(20).fill(['2']));
});

test('while the breaker is half open one query is let through, all others are refused', async () => {
  const goOn = await stopAnswering();
  await failUntilOpen();
  await vi.waitUntil(() => !source.isOpen, { timeout: 5_000 });
  const startedMs = performance.now();
  const probe = sellers.findMany(['1']);
  for (let query = 0; query < 5; query += 1) {
    await expect(sellers.findMany(['1'])).rejects.toMatchObject(TRANSIENT);
  }
  expect(performance.now() - startedMs).toBeLessThan(QUERY_DEADLINE_MS / 2);
  goOn();
  expect((await probe).get('1')).toEqual(['1']);
  expect(source.isOpen).toBe(false);
});

test('a source that hangs holds four connections and every caller no longer than two deadlines', async () => {
  await sellers.findMany(['1']);
  const before = await readStatus('Threads_connected');
  const goOn = await stopAnswering();
  const others = countConnections() - 1; // one is idle in the pool
  let most = 0;
  const counting = setInterval(() => {
    most = Math.max(most, countConnections() - others);
  }, 5);
  const startedMs = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => sellers.findMany(['1'])));
  expect(performance.now() - startedMs).toBeLessThan(2 * QUERY_DEADLINE_MS + 1_000);
  clearInterval(counting);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(200).fill('rejected'));
  expect(source.isOpen).toBe(true);
  expect(most).toBe(4);
  goOn();
  // What was given up has left nothing behind.
  await expect.poll(() => readStatus('Threads_connected'), { timeout: 5_000 }).toBeLessThanOrEqual(before);
});

test('close ends what is under way, and refuses what comes after it, as asked for', async () => {
  await sellers.findMany(['1']);
  await stopAnswering();
  const underWay = sellers.findMany(['1']);
  const outcome = expect(underWay).rejects.toMatchObject({ code: 'ERG_9001', class: 'expected' });
  source.close();
  source.close();
  await outcome;
  await expect(sellers.findMany(['1'])).rejects.toMatchObject({ code: 'ERG_9001', class: 'expected' });
});

const ESTABLISHED = '01';

/** To the source, not given up at this end; the server cannot be asked while it stands still. */
function countConnections(): number {
  const port = server.port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === ESTABLISHED).length;
}
