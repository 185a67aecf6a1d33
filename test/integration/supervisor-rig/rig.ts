import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { startMariadb } from '../../../deploy/local/start-mariadb.ts';
import { startNats } from '../../../deploy/local/start-nats.ts';
import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { readSettings } from '../../../protocol/settings/read-settings.ts';
import { SupervisorClient } from '../../../supervisor/cli/ask-supervisor.ts';
import { HEARTBEAT_MS, NODE_DEAD_MS, TEST_ENVIRONMENT } from './rig-settings.ts';

const DEADLINE_MS = 30_000;

type Nats = Awaited<ReturnType<typeof startNats>>;
type Mariadb = Awaited<ReturnType<typeof startMariadb>>;

/** Processes of their own, so that a test can kill them as the world does. */
export class SupervisorRig {
  readonly #folder: string;
  readonly nats: Nats;
  readonly #state: Mariadb;
  readonly settingsFile: string;
  readonly #children = new Map<string, ChildProcess>();

  private constructor(folder: string, nats: Nats, state: Mariadb) {
    this.#folder = folder;
    this.nats = nats;
    this.#state = state;
    this.settingsFile = join(folder, 'ergate.yaml');
    writeFileSync(this.settingsFile, stringify(buildSettings(nats, state)));
  }

  static async start(folder: string): Promise<SupervisorRig> {
    const [nats, state] = await Promise.all([
      startNats({ folder }),
      startMariadb({ folder, name: 'state', database: 'ergate' }),
    ]);
    return new SupervisorRig(folder, nats, state);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.end(name, 'SIGKILL')));
    await Promise.all([this.nats.stop(), this.#state.stop()]);
  }

  startNode(name: string): void {
    this.#spawn(name, 'fake-node.ts', [this.nats.url, name]);
  }

  startSupervisor(name = 'supervisor'): void {
    this.#spawn(name, 'lone-supervisor.ts', [this.settingsFile]);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#children.get(name)?.kill(signal);
  }

  /** Resolves when the process is gone. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  }

  /** The first status of which it is true. @throws Error with the last one when none came in time */
  async until(what: string, isSo: (status: SupervisorStatus) => boolean): Promise<SupervisorStatus> {
    const client = await SupervisorClient.open(readSettings([this.settingsFile], process.env));
    let last: SupervisorStatus | undefined;
    try {
      for (const startMs = performance.now(); performance.now() - startMs < DEADLINE_MS; ) {
        last = await client.readStatus().catch(() => last);
        if (last !== undefined && isSo(last)) {
          return last;
        }
        await sleep(50);
      }
    } finally {
      await client.close();
    }
    throw new Error(`not within ${DEADLINE_MS} ms: ${what}. The last status: ${JSON.stringify(last, null, 1)}`);
  }

  #spawn(name: string, script: string, args: readonly string[]): void {
    const log = openSync(join(this.#folder, `${name}.log`), 'a');
    const file = fileURLToPath(new URL(script, import.meta.url));
    this.#children.set(name, spawn(process.execPath, [file, ...args], { stdio: ['ignore', log, log] }));
    closeSync(log);
  }
}

function buildSettings(nats: Nats, { host, port, user, password, database }: Mariadb): object {
  const server = { host, port, user, password, database };
  const shard = { driver: 'mysql', shards: [{ name: 's', ...server }] };
  return {
    version: 1,
    environment: TEST_ENVIRONMENT,
    nats: { servers: [nats.url], requestTimeout: '1s' },
    kafka: { brokers: ['127.0.0.1:1'] },
    state: server,
    supervisor: { heartbeatEvery: `${HEARTBEAT_MS}ms`, nodeDeadAfter: `${NODE_DEAD_MS}ms` },
    databases: {
      origin: shard,
      target: { ...shard, shards: [{ name: 'target', ...server, database: 'target' }] },
    },
    pipelines: {
      orders: {
        source: { database: 'origin', topic: 'cdc.order' },
        target: { database: 'target' },
        tables: { orders: {} },
      },
    },
  };
}
