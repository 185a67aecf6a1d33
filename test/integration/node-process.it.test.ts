/** Nodes as processes of their own: what they do without their databases, about signals, and about each other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { choosePorts } from '../../deploy/local/free-port.ts';
import { type NatsServer, startNats } from '../../deploy/local/start-nats.ts';
import { captureJob, sinkJob } from '../../protocol/message/job.ts';
import type { NodeHeartbeat } from '../../protocol/message/node-message.ts';
import { buildSubjects, type NodeVerb } from '../../protocol/message/subjects.ts';
import { MemoryLogger } from '../support/capture-rig.ts';
import { LoggingProcess, startErgateNode } from '../support/ergate-node.ts';

const GUARDED = fileURLToPath(new URL('../support/node-guard-process.ts', import.meta.url));
const TIMEOUT_MS = 5_000;
const subjects = buildSubjects('dev');

let folder: string;
let nats: NatsServer;
let bus: MessageBus;
let logger: MemoryLogger;
let env: Readonly<Record<string, string>>;
let heartbeats: NodeHeartbeat[];
const waiting = new Set<() => void>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-node-'));
  nats = await startNats({ folder });
  const names = ['STATE_PORT', 'ORDER_PORT', 'SELLER0_PORT', 'SELLER1_PORT', 'SETTLEMENT_PORT'];
  const [kafka, ...ports] = await choosePorts(1 + names.length);
  const away = names.map((name, index) => [`ERGATE_${name}`, String(ports[index])]);
  env = { ...Object.fromEntries(away), ERGATE_NATS_URL: nats.url, ERGATE_KAFKA_BROKER: `127.0.0.1:${kafka}` };
});

beforeEach(async () => {
  heartbeats = [];
  logger = new MemoryLogger();
  bus = await openNatsBus({ servers: [nats.url], name: 'test/1', logger, requestTimeoutMs: TIMEOUT_MS });
  bus.listen(subjects.anyNodeHeartbeat, ({ body }) => {
    heartbeats.push(body as NodeHeartbeat);
    for (const check of waiting) {
      check();
    }
  });
  await logger.until((events) => events.some(({ name }) => name === 'bus.connected'));
});

afterEach(() => bus.close());

afterAll(async () => {
  await nats?.stop();
  await rm(folder, { recursive: true, force: true });
});

function untilHeartbeat(isIt: (heartbeat: NodeHeartbeat) => boolean): Promise<NodeHeartbeat> {
  return new Promise((resolve) => {
    const from = heartbeats.length;
    const check = () => {
      const found = heartbeats.slice(from).find(isIt);
      if (found !== undefined) {
        waiting.delete(check);
        resolve(found);
      }
    };
    waiting.add(check);
  });
}

function command(node: string, verb: NodeVerb, body: unknown, epoch = 1) {
  const message = { type: verb, id: `${verb}-${Math.random()}`, epoch, body };
  return bus.request(subjects.nodeCommand(node, verb), message, TIMEOUT_MS);
}

test('a node takes actors while all that they need is away, says what is away, and drains within ten seconds', async () => {
  await using node = startErgateNode('it-1', env);
  await node.until('node.started');
  await untilHeartbeat((heartbeat) => heartbeat.node === 'it-1');
  const jobs = [captureJob('order'), sinkJob('order-seller', 0), sinkJob('order-settlement', 1)];
  for (const job of jobs) {
    expect(await command('it-1', 'spawn', { job, placeEpoch: 3 }, 7)).toMatchObject({ code: 'OK', maxEpoch: 7 });
  }
  const told = await untilHeartbeat(
    ({ actors }) => actors.length === 3 && actors.every(({ status }) => status.state === 'waiting'),
  );
  expect(told.actors.map(({ status }) => status.reason)).toEqual(jobs.map(() => expect.stringMatching(/^ERG_\d{4}: /)));
  expect(told).toMatchObject({ node: 'it-1', maxEpoch: 7, draining: false });
  expect(told.rssBytes).toBeGreaterThan(10_000_000);
  expect(await command('it-1', 'spawn', { job: jobs[0], placeEpoch: 2 }, 7)).toMatchObject({ code: 'STALE_PLACE' });
  expect(await command('it-1', 'inventory', null, 6)).toMatchObject({ code: 'STALE_EPOCH', maxEpoch: 7 });
  expect(await bus.requestJson('$SRV.PING.ergate-node', TIMEOUT_MS)).toMatchObject({ metadata: { node: 'it-1' } });

  const farewell = untilHeartbeat(({ draining, actors }) => draining && actors.length === 0);
  const signalledMs = performance.now();
  node.kill('SIGTERM');
  expect(await node.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledMs).toBeLessThan(10_000);
  await farewell;
  expect(node.lines.map(({ event }) => event)).toContain('node.stopped');
});

test('a node whose NATS dies keeps its actors, and is heard again when NATS is back', async () => {
  await using node = startErgateNode('it-2', env);
  await node.until('node.started');
  await untilHeartbeat((heartbeat) => heartbeat.node === 'it-2');
  await command('it-2', 'spawn', { job: sinkJob('order-seller', 0), placeEpoch: 3 });
  await node.until('node.actor.spawned');
  await nats.killHard();
  await node.until('bus.lost');
  await nats.start();
  const told = await untilHeartbeat((heartbeat) => heartbeat.node === 'it-2');
  expect(told.actors).toMatchObject([{ placeEpoch: 3, job: { name: 'sink.order-seller.0' } }]);
  expect(node.lines.map(({ event }) => event)).not.toContain('node.actor.stopping');
});

test('a node starts and ends while NATS is away', async () => {
  await nats.stop();
  await using node = startErgateNode('it-3', env);
  await node.until('bus.unreachable');
  node.kill('SIGTERM');
  expect(await node.ended).toEqual({ code: 0, signal: null });
  await nats.start();
});

test('of two processes with one name the older ends with a code of its own, and the newer stays', async () => {
  await using older = startErgateNode('it-4', env);
  await older.until('node.started');
  const { boot } = await untilHeartbeat((heartbeat) => heartbeat.node === 'it-4');
  await using newer = startErgateNode('it-4', env);
  expect(await older.ended).toEqual({ code: 78, signal: null });
  expect(await older.until('node.superseded')).toMatchObject({ level: 'error', code: 'ERG_6006' });
  const told = await untilHeartbeat((heartbeat) => heartbeat.node === 'it-4' && heartbeat.boot !== boot);
  expect(told.draining).toBe(false);
  newer.kill('SIGTERM');
  expect(await newer.ended).toEqual({ code: 0, signal: null });
});

test.each([
  ['throw', 'nobody catches this', 'uncaughtException'],
  ['reject', 'nobody awaits this', 'unhandledRejection'],
])('an error that nobody caught (%s) is logged, and ends the process with 70', async (how, message, origin) => {
  await using failing = new LoggingProcess([GUARDED, how]);
  expect(await failing.ended).toEqual({ code: 70, signal: null });
  expect(failing.lines.at(-1)).toMatchObject({
    event: 'process.failed',
    level: 'error',
    code: 'ERG_9000',
    origin,
    reason: `ERG_9000: ${message}`,
    stack: expect.stringContaining('node-guard-process.ts'),
  });
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('the first %s asks a process to end, the second ends it at once', async (signal, code) => {
  await using stubborn = new LoggingProcess([GUARDED]);
  await stubborn.until('node.started');
  stubborn.kill(signal);
  await stubborn.until('node.draining');
  stubborn.kill(signal);
  expect(await stubborn.ended).toEqual({ code, signal: null });
});
