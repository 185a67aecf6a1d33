/** Two node processes on real servers; the test places the actors, as a supervisor would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import { LoadGenerator } from '../../deploy/banana/load-generator.ts';
import { findSettings } from '../../deploy/demo/demo-pipelines.ts';
import { type DemoStack, startDemoStack } from '../../deploy/demo/demo-stack.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { captureJob, type Job, sinkJob } from '../../protocol/message/job.ts';
import type { NodeHeartbeat } from '../../protocol/message/node-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import { compareAll } from '../compare/compare-all.ts';
import { startErgateNode } from '../support/ergate-node.ts';
import { until } from '../support/kafka-rig.ts';

const subjects = buildSubjects('dev');
const TIMEOUT_MS = 5_000;
const SINKS = [0, 1].flatMap((partition) => [
  sinkJob('order-seller', partition),
  sinkJob('order-settlement', partition),
]);

let folder: string;
let stack: DemoStack;
let bus: MessageBus;
const nodes = new Map<string, NodeHeartbeat>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-node-'));
  stack = await startDemoStack(folder, findSettings('order'), () => {});
  const { state, kafka, nats } = stack.servers;
  const server = { host: '127.0.0.1', port: state.port, user: 'root', password: new Secret(''), database: 'ergate' };
  const database = openStateDatabase(server);
  await database.ensureSchema();
  database.close();
  const address = { brokers: kafka.brokers, clientId: 'test' };
  const admin = new KafkajsStreamAdmin({ address, clock: systemClock, log: silentLogger });
  await admin.ensureTopic({ topic: 'cdc.order', partitions: 2 });
  await admin.close();
  bus = await openNatsBus({ servers: [nats.url], name: 'test/1', logger: silentLogger, requestTimeoutMs: TIMEOUT_MS });
  bus.listen(subjects.anyNodeHeartbeat, ({ body }) => {
    const heartbeat = body as NodeHeartbeat;
    nodes.set(heartbeat.node, heartbeat);
  });
});

afterAll(async () => {
  await bus?.close();
  await stack?.servers.stop();
  await rm(folder, { recursive: true, force: true });
});

async function spawn(node: string, job: Job, placeEpoch: number): Promise<void> {
  const message = { type: 'spawn', id: `${job.name}-${placeEpoch}`, epoch: 1, body: { job, placeEpoch } };
  expect(await bus.request(subjects.nodeCommand(node, 'spawn'), message, TIMEOUT_MS)).toMatchObject({ code: 'OK' });
}

function isRunning(node: string, job: Job): boolean {
  return nodes.get(node)?.actors.find((actor) => actor.job.name === job.name)?.status.state === 'running';
}

test('what a node is told to run replicates, and moves from node to node without a loss', async () => {
  await using first = startErgateNode('node-1', stack.environment);
  await using second = startErgateNode('node-2', stack.environment);
  await Promise.all([first, second].map((node) => node.until('bus.connected')));
  await until('both nodes are heard', () => nodes.has('node-1') && nodes.has('node-2'));
  const jobs = [captureJob('order'), ...SINKS];
  for (const job of jobs) {
    await spawn('node-1', job, 1);
  }
  await until('all run on node-1', () => jobs.every((job) => isRunning('node-1', job)));

  const load = new LoadGenerator({ server: stack.endpoints.source, rate: 300, seed: 7 });
  await load.start();
  // Make before break: the new actors take over by their place epoch, while the old ones still run.
  for (const job of SINKS) {
    await spawn('node-2', job, 2);
  }
  await until('the sinks run on node-2', () => SINKS.every((job) => isRunning('node-2', job)));
  await until('the old ones were fenced', () =>
    SINKS.every(({ name }) => nodes.get('node-1')?.actors.find((actor) => actor.job.name === name)?.givenUp === true),
  );
  first.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  await spawn('node-2', captureJob('order'), 3);
  await until('the capture runs on node-2', () => isRunning('node-2', captureJob('order')));
  second.kill('SIGKILL'); // and nobody had time to say goodbye
  await second.ended;
  await using third = startErgateNode('node-3', stack.environment);
  await third.until('bus.connected');
  await until('node-3 is heard', () => nodes.has('node-3'));
  for (const job of jobs) {
    await spawn('node-3', job, 4);
  }
  await until('all run on node-3', () => jobs.every((job) => isRunning('node-3', job)));
  await load.stop();
  expect(load.report()).toMatchObject({ lastError: undefined, surprises: 0 });
  expect(load.report().changes).toBeGreaterThan(500);
  const compared = await compareAll({ endpoints: stack.endpoints, waitMs: 30_000 });
  expect(compared.tables.map(({ missing, extra, different }) => [missing, extra, different])).toEqual(
    compared.tables.map(() => [0, 0, 0]),
  );
  expect(compared.equal).toBe(true);
  third.kill('SIGTERM');
  expect(await third.ended).toEqual({ code: 0, signal: null });
});
