/** The proxy that faults are made with: each toxic does what it says, and nothing more. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ChaosProxy } from '../support/chaos-proxy/chaos-proxy.ts';

/** Sends everything back. */
async function startEcho(): Promise<{ port: number; sockets: Set<Socket> } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

class Client implements Disposable {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  readonly closed: Promise<string>;
  #wake: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    let reason = 'ended';
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code ?? 'failed';
    });
    this.socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve(reason)));
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  async until(text: string): Promise<void> {
    while (this.text !== text) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async ask(text: string): Promise<number> {
    const startedMs = performance.now();
    const wanted = this.text + text;
    this.socket.write(text);
    await this.until(wanted);
    return performance.now() - startedMs;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

async function arrange() {
  const echo = await startEcho();
  const proxy = await ChaosProxy.open({ port: echo.port, isMysql: false, seed: 7 });
  const client = new Client(proxy.port);
  await client.ask('hello ');
  return {
    echo,
    proxy,
    client,
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await proxy[Symbol.asyncDispose]();
      await echo[Symbol.asyncDispose]();
    },
  };
}

test('latency comes on top, in one direction, and goes with the toxic', async () => {
  await using t = await arrange();
  using latency = t.proxy.add({ kind: 'latency', on: 'to-client', ms: 80, jitterMs: 20 });
  expect(await t.client.ask('slow ')).toBeGreaterThanOrEqual(79);
  latency.remove();
  expect(await t.client.ask('fast')).toBeLessThan(79);
});

test('what jitter delays stays in order', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'latency', on: 'to-server', ms: 0, jitterMs: 30 });
  const words = Array.from({ length: 30 }, (_, index) => `${index} `);
  for (const word of words) {
    t.client.socket.write(word);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await t.client.until(`hello ${words.join('')}`);
});

test('a bandwidth is kept', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'slicer', on: 'to-server', bytes: 100 });
  t.proxy.add({ kind: 'bandwidth', on: 'to-server', bytesPerSecond: 10_000 });
  expect(await t.client.ask('x'.repeat(1_000))).toBeGreaterThanOrEqual(85);
});

test('slices are as small as they should be', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'slicer', on: 'to-client', bytes: 1, gapMs: 2 });
  await t.client.ask('sliced');
  expect(t.client.chunks.length).toBeGreaterThan(4);
});

test('a blackhole passes nothing, and everything in its order when it is gone', async () => {
  await using t = await arrange();
  const blackhole = t.proxy.add({ kind: 'blackhole', on: 'to-server' });
  t.client.socket.write('one ');
  t.client.socket.write('two');
  using other = new Client(t.proxy.port);
  other.socket.write('three');
  await blackhole.untilHit(2);
  expect(t.client.text).toBe('hello ');
  blackhole.remove();
  await t.client.until('hello one two');
  await other.until('three');
});

test('a blackhole on open links leaves new ones alone', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'blackhole', on: 'to-server' }, { links: 'open' });
  t.client.socket.write('lost');
  using other = new Client(t.proxy.port);
  await other.ask('passes');
  expect(t.client.text).toBe('hello ');
});

test('who is refused finds nobody listening, and finds the same port again later', async () => {
  await using t = await arrange();
  const refuse = t.proxy.add({ kind: 'refuse' });
  using early = new Client(t.proxy.port);
  expect(await early.closed).toBe('ECONNREFUSED');
  await t.client.ask('the open link goes on');
  refuse.remove();
  await expect
    .poll(async () => {
      using late = new Client(t.proxy.port);
      return await Promise.race([late.ask('back').then(() => 'answered'), late.closed]);
    })
    .toBe('answered');
});

test('a paused accept connects and says nothing until it is over', async () => {
  await using t = await arrange();
  const pause = t.proxy.add({ kind: 'pauseAccept' });
  using waiting = new Client(t.proxy.port);
  await once(waiting.socket, 'connect');
  waiting.socket.write('anybody?');
  await t.client.ask('meanwhile');
  expect(waiting.text).toBe('');
  pause.remove();
  await waiting.until('anybody?');
});

test('a reset ends both sides, or the client alone', async () => {
  await using t = await arrange();
  t.proxy.reset(true);
  expect(await t.client.closed).toBe('ECONNRESET');
  expect(t.echo.sockets.size).toBe(1);
  using other = new Client(t.proxy.port);
  await other.ask('new');
  t.proxy.reset();
  expect(await other.closed).toBe('ECONNRESET');
  await expect.poll(() => t.echo.sockets.size).toBe(1); // the one that hears nothing
});

test('a limit cuts in the middle of a message', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'limit', on: 'to-client', bytes: 4 });
  t.client.socket.write('abcdefgh');
  await t.client.closed;
  expect('hello abcd').toContain(t.client.text); // a reset may overtake the last bytes
  expect(t.client.text).not.toContain('e'.repeat(2));
  expect(t.proxy.openLinks).toBe(0);
});

test('a slow close holds the end back, not the bytes', async () => {
  await using t = await arrange();
  t.proxy.add({ kind: 'slowClose', on: 'to-server', ms: 100 });
  const startedMs = performance.now();
  t.client.socket.destroy();
  await expect.poll(() => t.echo.sockets.size, { interval: 5 }).toBe(0);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(95);
});

test('chance depends on the seed alone', async () => {
  const hits = async (seed: number) => {
    await using echo = await startEcho();
    await using proxy = await ChaosProxy.open({ port: echo.port, isMysql: false, seed });
    proxy.add({ kind: 'reset' }, { probability: 0.5 });
    const fates: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      using client = new Client(proxy.port);
      fates.push(await Promise.race([client.ask('x').then(() => 'passed'), client.closed.then(() => 'reset')]));
    }
    return fates.join();
  };
  const first = await hits(3);
  expect(await hits(3)).toBe(first);
  expect(first).toContain('passed');
  expect(first).toContain('reset');
});
