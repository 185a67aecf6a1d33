/** Deadlines of calls to a server: each ends in time whatever the server does, and leaves nothing behind that could still happen. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MysqlServer, openMysql } from '../../actors/runtime/mysql-connection.ts';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import { ChaosProxy } from '../support/chaos-proxy/chaos-proxy.ts';
import { type FlavourServer, openFlavour } from '../support/database-flavours.ts';

const DEADLINE_MS = 200;
/** On a machine that has other things to do. */
const MOST_MS = 2_000;

let opened: FlavourServer;

beforeAll(async () => {
  opened = await openFlavour({ flavour: 'MariaDB', start: startMariadb }, { name: 'deadlines' });
});

afterAll(() => opened[Symbol.asyncDispose]());

async function arrange() {
  const { port, host, user } = opened.server;
  const proxy = await ChaosProxy.open({ port });
  const server: MysqlServer = { host, port: proxy.port, user, password: new Secret(''), database: 'deadlines' };
  return { proxy, server, direct: { ...server, port }, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

async function failureOf(call: Promise<unknown>): Promise<{ code: string | undefined; ms: number }> {
  const startMs = performance.now();
  const code = await call.then(
    () => 'no failure',
    (error: { code?: string }) => error.code,
  );
  return { code, ms: performance.now() - startMs };
}

test('a statement that is not answered ends its connection, and nothing waits behind it', async () => {
  await using t = await arrange();
  const connection = await openMysql(t.server, { deadlineMs: MOST_MS });
  t.proxy.add({ kind: 'blackhole', on: 'to-client' });
  const behind = failureOf(connection.query('SELECT 2', 10 * MOST_MS));
  const late = await failureOf(connection.query('SELECT 1', DEADLINE_MS));
  expect(late.code).toBe('ERGATE_DEADLINE');
  expect(late.ms).toBeLessThan(MOST_MS);
  expect((await behind).code).toBe('ERGATE_DESTROYED');
  expect(connection.isOpen).toBe(false);
  expect((await failureOf(connection.query('SELECT 3', DEADLINE_MS))).code).toBe('ERGATE_CLOSED');
  t.proxy.heal();
  await expect.poll(() => t.proxy.openLinks, { timeout: MOST_MS }).toBe(0);
});

test.each([
  ['is accepted and then ignored', { kind: 'pauseAccept' }],
  ['never gets a greeting', { kind: 'blackhole', on: 'to-client' }],
] as const)('a session that %s is given up in time', async (...[, toxic]) => {
  await using t = await arrange();
  t.proxy.add(toxic);
  const { code, ms } = await failureOf(openMysql(t.server, { deadlineMs: DEADLINE_MS }));
  expect(['ERGATE_DEADLINE', 'ETIMEDOUT']).toContain(code);
  expect(ms).toBeLessThan(MOST_MS);
});

test('the deadline of a session holds for all its steps together', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'latency', on: 'to-client', ms: DEADLINE_MS / 3 });
  const { code, ms } = await failureOf(openMysql(t.server, { deadlineMs: DEADLINE_MS }));
  expect(['ERGATE_DEADLINE', 'ETIMEDOUT']).toContain(code);
  expect(ms).toBeLessThan(MOST_MS);
});

test('who waits for a connection that is in use waits no longer than for a new one', async () => {
  await using t = await arrange();
  const pool = new MysqlPool({ server: t.direct, maxConnections: 1, openDeadlineMs: DEADLINE_MS });
  const { promise, resolve } = Promise.withResolvers<void>();
  const busy = pool.use(() => promise);
  const { code, ms } = await failureOf(pool.use(async () => {}));
  expect(code).toBe('ERGATE_DEADLINE');
  expect(ms).toBeLessThan(MOST_MS);
  resolve();
  await busy;
  await pool.use(async () => {});
  pool.close();
});
