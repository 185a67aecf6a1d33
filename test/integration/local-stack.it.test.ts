import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { installMissing } from '../../deploy/local/install.ts';
import { takeLaunchLock } from '../../deploy/local/launch-lock.ts';
import { type LocalStack, startLocalStack } from '../../deploy/local/local-stack.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../deploy/local/process-identity.ts';
import { readServerRecord, writeServerRecord } from '../../deploy/local/server-record.ts';
import { endStack, readStackStatus } from '../../deploy/local/stack-status.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { describeNats, startNats } from '../../deploy/local/start-nats.ts';

const root = mkdtempSync(join(tmpdir(), 'ergate-stack-'));
const local = join(import.meta.dirname, '..', '..', 'deploy', 'local');
const launchers: ChildProcess[] = [];
let folder: string;
let folders = 0;

beforeAll(() => installMissing({ onProgress: () => {} }));

afterEach(() => {
  for (const launcher of launchers.splice(0)) {
    launcher.kill('SIGKILL');
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function newFolder(): string {
  folder = join(root, String(++folders));
  mkdirSync(folder);
  return folder;
}

function serversOf(stack: LocalStack) {
  const { order, seller0, seller1, settlement, state, nats, kafka } = stack;
  return [order, seller0, seller1, settlement, state, nats, kafka];
}

function portsOf(stack: LocalStack): readonly number[] {
  return serversOf(stack).flatMap((server) => server.ports);
}

/** A process of its own that runs `code`, and then does nothing until it is ended. */
async function launch(code: string): Promise<ChildProcess> {
  const script = `${code}\nconsole.log('ready');\nsetInterval(() => {}, 60_000);`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  launchers.push(launcher);
  await once(launcher.stdout!, 'data');
  return launcher;
}

function natsLauncher(): string {
  return `
    const { startNats } = await import(${JSON.stringify(join(local, 'start-nats.ts'))});
    const nats = await startNats({ folder: ${JSON.stringify(folder)} });`;
}

function stackLauncher(): string {
  return `
    const { startLocalStack } = await import(${JSON.stringify(join(local, 'local-stack.ts'))});
    const stack = await startLocalStack({ folder: ${JSON.stringify(folder)}, mayBeKept: true });`;
}

function recordedServer(name: string): ProcessIdentity {
  return readServerRecord(join(folder, name))!.server!;
}

describe('the local stack', () => {
  test('runs twice side by side, every server answers, and nothing is left after its stop', async () => {
    const [one, two] = await Promise.all([
      startLocalStack({ folder: newFolder() }),
      startLocalStack({ folder: newFolder() }),
    ]);
    const processes = [...serversOf(one), ...serversOf(two)].map(({ pid }) => identifyProcess(pid));
    try {
      const ports = [...portsOf(one), ...portsOf(two)];
      expect(new Set(ports).size).toBe(ports.length);
      for (const stack of [one, two]) {
        const states = (await readStackStatus(stack.folder)).map(({ state }) => state);
        expect(states).toEqual(Array(7).fill('answering'));
      }
      await expect(startLocalStack({ folder: one.folder })).rejects.toThrow(`run by process ${process.pid}`);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
    expect(processes.filter(isRunning)).toEqual([]);
  });

  test('ends what a killed launcher left behind, and comes back on the same ports', async () => {
    newFolder();
    const launcher = await launch(stackLauncher());
    const before = (await readStackStatus(folder)).map(({ ports, pid }) => ({ ports, process: identifyProcess(pid!) }));
    await expect(startLocalStack({ folder })).rejects.toThrow(`run by process ${launcher.pid}`);

    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    expect(before.filter(({ process }) => isRunning(process))).toHaveLength(7);

    await using stack = await startLocalStack({ folder });
    expect(before.filter(({ process }) => isRunning(process))).toEqual([]);
    expect(portsOf(stack)).toEqual(before.flatMap(({ ports }) => ports));
  });

  test('goes on without its launcher when it is kept, is taken over, refused to others, and ended by its record', async () => {
    newFolder();
    const launcher = await launch(`${stackLauncher()}\nstack.keep();`);
    launcher.kill('SIGTERM');
    await once(launcher, 'exit');
    const orderProcess = recordedServer('order');

    await expect(startLocalStack({ folder })).rejects.toThrow('is up; end it with');
    const again = await startLocalStack({ folder, mayBeKept: true });
    again.keep();
    expect(again.order.pid).toBe(orderProcess.pid);

    rmSync(join(folder, 'stack.json')); // as if this launcher had ended
    expect(await endStack(folder)).toHaveLength(7);
    expect(isRunning(orderProcess)).toBe(false);
  });
});

describe('a server of the local stack', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is gone when its launcher has ended by %s', async (signal, exitCode) => {
    newFolder();
    const launcher = await launch(natsLauncher());
    launcher.kill(signal);
    expect(await once(launcher, 'exit')).toEqual([exitCode, null]);
    expect(isRunning(recordedServer('nats'))).toBe(false);
  });

  test.each([
    ['its end', 'process.exit(3)', 3],
    ['an exception', 'setTimeout(() => { throw new Error("on purpose"); })', 1],
  ])('is gone after %s of its launcher', async (_, ending, exitCode) => {
    newFolder();
    const script = `${natsLauncher()}\n${ending};`;
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [[code]] = await Promise.all([once(launcher, 'exit'), text(launcher.stderr)]);
    expect(code).toBe(exitCode);
    await expect.poll(() => isRunning(recordedServer('nats'))).toBe(false);
  });

  test('is ended by the kernel when its launcher is killed', async () => {
    newFolder();
    const launcher = await launch(natsLauncher());
    const server = recordedServer('nats');
    launcher.kill('SIGKILL');
    await expect.poll(() => isRunning(server), { timeout: 5_000 }).toBe(false);
  });

  test('comes back after kill -9 on the same port with what was committed', async () => {
    await using server = await startMariadb({ folder: newFolder(), name: 'order', source: true });
    const { host, port, user, database, pid } = server;
    const before = await mysql.createConnection({ host, port, user, database });
    before.on('error', () => {});
    await before.query('CREATE TABLE t (id INT PRIMARY KEY)');
    await before.query('INSERT INTO t VALUES (1)');

    await server.killHard();
    await server.start();

    expect(server.ports).toEqual([port]);
    expect(server.pid).not.toBe(pid);
    const after = await mysql.createConnection({ host, port, user, database });
    expect((await after.query('SELECT id FROM t'))[0]).toEqual([{ id: 1 }]);
    const [settings] = await after.query(
      'SELECT @@binlog_format AS f, @@binlog_row_image AS i, @@binlog_row_metadata AS m, @@character_set_server AS c',
    );
    expect(settings).toEqual([{ f: 'ROW', i: 'FULL', m: 'FULL', c: 'utf8mb4' }]);
    await after.end();
  });

  test('takes another port when its own was taken while it was away', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const taken = (stranger.address() as { port: number }).port;
    mkdirSync(join(newFolder(), 'nats'));
    writeServerRecord(join(folder, 'nats'), { ports: [taken] });
    try {
      await using server = await startNats({ folder });
      expect(server.ports).not.toEqual([taken]);
      expect(server.url).toContain(String(server.ports[0]));
    } finally {
      stranger.close();
    }
  });

  test('is not taken for ready when another server of its kind answers on its port', async () => {
    await using one = await startNats({ folder: newFolder() });
    await using two = await startNats({ folder: newFolder() });
    await expect(describeNats({ folder }).probe(one.ports)).rejects.toThrow('belongs to another server');
    await expect(describeNats({ folder }).probe(two.ports)).resolves.toBeUndefined();
  });

  test('is not started twice in one folder', async () => {
    await using _running = await startNats({ folder: newFolder() });
    await expect(startNats({ folder })).rejects.toThrow('runs already');
  });

  test('that cannot start says why, with the end of its log', async () => {
    await using server = await startNats({ folder: newFolder() });
    await server.stop();
    rmSync(join(folder, 'nats', 'data'), { recursive: true });
    writeFileSync(join(folder, 'nats', 'data'), 'a file where a folder should be');
    await expect(server.start()).rejects.toThrow(/nats ended while starting; the end of .*server\.log:\n.*\[FTL\]/s);
  });
});

test('a launcher takes over the lock of one that is gone, also when its file was cut', () => {
  newFolder();
  for (const content of [JSON.stringify({ launcher: { pid: 1, started: 'never' }, kept: false }), '']) {
    writeFileSync(join(folder, 'stack.json'), content);
    takeLaunchLock(folder);
    expect(() => takeLaunchLock(folder)).toThrow(`run by process ${process.pid}`);
  }
});
