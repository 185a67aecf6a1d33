import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { type NatsServer, startNats } from '../../deploy/local/start-nats.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { BusUnderTest } from '../support/bus-under-test.ts';
import { MemoryLogger } from '../support/capture-rig.ts';
import { describeBusConnectionContract } from './message-bus-connection-contract.ts';
import { describeBusRequestContract } from './message-bus-request-contract.ts';

const REQUEST_TIMEOUT_MS = 2_000;

let folder: string;
let server: NatsServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-bus-'));
  server = await startNats({ folder });
});

afterEach(async () => {
  await server.start(); // does nothing when it runs
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function openBus(name: string, logger = new MemoryLogger(), more: { pingEveryMs?: number } = {}): Promise<MessageBus> {
  return openNatsBus({ servers: [server.url], name, logger, requestTimeoutMs: REQUEST_TIMEOUT_MS, ...more });
}

async function untilLogged(logger: MemoryLogger, name: string, times = 1): Promise<void> {
  await logger.until((events) => events.filter((event) => event.name === name).length >= times);
}

describeBusRequestContract('NATS', startNatsBuses);
describeBusConnectionContract('NATS', startNatsBuses);

async function startNatsBuses(): Promise<BusUnderTest> {
  const opened: { bus: MessageBus; logger: MemoryLogger }[] = [];
  const withOther = async <T>(use: (other: NatsConnection) => Promise<T>): Promise<T> => {
    const other = await connect({ servers: server.url });
    try {
      return await use(other);
    } finally {
      await other.drain();
    }
  };
  let ups = 1;
  return {
    open: async (name, logger = new MemoryLogger()) => {
      const bus = await openBus(name, logger);
      opened.push({ bus, logger });
      await untilLogged(logger, 'bus.connected', opened.filter((other) => other.logger === logger).length);
      return bus;
    },
    cutOff: async () => {
      await server.killHard();
      await Promise.all(opened.map(({ logger }) => untilLogged(logger, 'bus.lost', ups)));
    },
    bringBack: async () => {
      ups++;
      await server.start();
      await Promise.all(opened.map(({ logger }) => untilLogged(logger, 'bus.connected', ups)));
    },
    requestRaw: (subject, bytes) => withOther(async (other) => (await other.request(subject, bytes)).data),
    publishRaw: (subject, bytes) =>
      withOther(async (other) => {
        other.publish(subject, bytes);
        await other.flush();
      }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map(({ bus }) => bus.close()));
    },
  };
}

test('a bus that is opened before its server exists connects when it comes', async () => {
  await server.stop();
  const logger = new MemoryLogger();
  const bus = await openBus('early/1', logger);
  bus.serveJson('ergate.test.early', () => 'here');
  const reacted = Promise.withResolvers<void>();
  bus.onReconnect(reacted.resolve);
  await bus.announce({ name: 'ergate-early', version: '0.1.0', description: 'early', metadata: {} });
  await untilLogged(logger, 'bus.unreachable');
  expect(bus.isConnected).toBe(false);
  await server.start();
  await reacted.promise;
  expect(await bus.requestJson('ergate.test.early', REQUEST_TIMEOUT_MS)).toBe('here');
  expect(await bus.requestJson('$SRV.PING.ergate-early', REQUEST_TIMEOUT_MS)).toMatchObject({ name: 'ergate-early' });
  await bus.close();
});

test('a bus can be closed while its server is away, and leaves nothing behind', async () => {
  await server.stop();
  const never = await openBus('never/1');
  await never.close();
  await server.start();
  const logger = new MemoryLogger();
  const lost = await openBus('lost/1', logger);
  await untilLogged(logger, 'bus.connected');
  await server.killHard();
  await untilLogged(logger, 'bus.lost');
  const startedMs = performance.now();
  await lost.close();
  expect(performance.now() - startedMs).toBeLessThan(REQUEST_TIMEOUT_MS);
});

test('the services protocol tells who is there, also after the server came back', async () => {
  const logger = new MemoryLogger();
  const bus = await openBus('node-1/ab', logger);
  await untilLogged(logger, 'bus.connected');
  const description = 'runs actors';
  await bus.announce({ name: 'ergate-node', version: '0.1.0', description, metadata: { node: 'node-1' } });
  const check = async () => {
    const known = { name: 'ergate-node', version: '0.1.0', metadata: { node: 'node-1' } };
    for (const [verb, expected] of [
      ['PING', { type: 'io.nats.micro.v1.ping_response', ...known }],
      ['INFO', { type: 'io.nats.micro.v1.info_response', description, ...known }],
      ['STATS', { type: 'io.nats.micro.v1.stats_response', ...known }],
    ] as const) {
      expect(await bus.requestJson(`$SRV.${verb}.ergate-node`, REQUEST_TIMEOUT_MS)).toMatchObject(expected);
    }
  };
  await check();
  await server.killHard();
  await untilLogged(logger, 'bus.lost');
  await server.start();
  await untilLogged(logger, 'bus.connected', 2);
  await check();
  await bus.close();
});

test('a server that stops answering is noticed, and requests to it end', async () => {
  const logger = new MemoryLogger();
  const bus = await openBus('frozen/1', logger, { pingEveryMs: 500 });
  await untilLogged(logger, 'bus.connected');
  process.kill(server.pid, 'SIGSTOP');
  try {
    const asked = bus.request('ergate.test.x', { type: 't', id: '1', epoch: 0, body: null }, 200);
    await expect(asked).rejects.toMatchObject({ code: 'ERG_6102' });
    await untilLogged(logger, 'bus.lost'); // two pings without an answer
    expect(bus.isConnected).toBe(false);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await untilLogged(logger, 'bus.connected', 2);
  await bus.close();
});

test('many buses can be opened and closed at once, again and again', async () => {
  for (let round = 0; round < 5; round++) {
    const buses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        openNatsBus({ servers: [server.url], name: `s${index}/1`, logger: silentLogger, requestTimeoutMs: 2_000 }),
      ),
    );
    for (const bus of buses) {
      bus.serve('ergate.test.stress', async () => ({ code: 'OK', message: '', maxEpoch: 0 }));
    }
    await Promise.all(buses.map((bus) => bus.close()));
    expect(buses.some((bus) => bus.isConnected)).toBe(false);
  }
});
