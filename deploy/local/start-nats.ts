/** A NATS server with JetStream on file storage, loopback only. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import { getExecutable } from './find-executable.ts';
import { type ServerLife, ServerProcess, type ServerSpec } from './server-process.ts';

export interface NatsOptions extends ServerLife {
  /** The server lives in `<folder>/<name>`. */
  readonly folder: string;
  readonly name?: string;
}

export interface NatsEndpoint {
  readonly url: string;
}

export type NatsServer = ServerProcess & NatsEndpoint;

const PROBE_TIMEOUT_MS = 2_000;

export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const server = new ServerProcess(describeNats(options), options);
  await server.start();
  return Object.assign(server, natsEndpoint(server.ports));
}

export function natsEndpoint([port = 0]: readonly number[]): NatsEndpoint {
  return { url: `nats://127.0.0.1:${port}` };
}

export function describeNats({ folder: parent, name = 'nats' }: NatsOptions): ServerSpec {
  const folder = join(parent, name);
  return {
    name,
    folder,
    portCount: 1,
    prepare: async ([port = 0]) => {
      const serverName = (await readServerName(folder)) ?? `ergate-${randomUUID()}`;
      await writeFile(settingsFile(folder), writeSettings(serverName, port, folder));
    },
    command: () => [getExecutable('nats-server'), '--config', settingsFile(folder)],
    probe: async (ports) => probe(natsEndpoint(ports).url, await readServerName(folder)),
  };
}

function writeSettings(serverName: string, port: number, folder: string): string {
  return `server_name: ${JSON.stringify(serverName)}
host: 127.0.0.1
port: ${port}
jetstream {
  store_dir: ${JSON.stringify(join(folder, 'data'))}
  max_memory_store: 64MB
  max_file_store: 1GB
}
`;
}

function settingsFile(folder: string): string {
  return join(folder, 'server.conf');
}

async function readServerName(folder: string): Promise<string | undefined> {
  const file = settingsFile(folder);
  return existsSync(file) ? /^server_name: "(.+)"$/m.exec(await readFile(file, 'utf8'))?.[1] : undefined;
}

async function probe(url: string, serverName: string | undefined): Promise<void> {
  const connection = await connect({ servers: url, timeout: PROBE_TIMEOUT_MS, reconnect: false });
  try {
    if (connection.info?.server_name !== serverName) {
      throw new Error(`${url} belongs to another server, ${connection.info?.server_name}`);
    }
    const jetstream = await connection.jetstreamManager({ timeout: PROBE_TIMEOUT_MS });
    await jetstream.getAccountInfo();
  } finally {
    await connection.close();
  }
}
