/** A MariaDB server for development, tests and benchmarks. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFolderOnce, makeCached } from './cache-folder.ts';
import {
  asCurrentUser,
  type DatabaseOptions,
  type DatabaseServer,
  databaseEndpoint,
  dataFolderOf,
  listCommonSettings,
  probeDatabase,
  temporaryFolderOf,
} from './database-server.ts';
import { getExecutable } from './find-executable.ts';
import { runCommand } from './run-command.ts';
import { ServerProcess, type ServerSpec } from './server-process.ts';

export type MariadbOptions = DatabaseOptions;
export type MariadbServer = DatabaseServer;

const INSTALL_TIMEOUT_MS = 60_000;

export async function startMariadb(options: MariadbOptions): Promise<MariadbServer> {
  const server = new ServerProcess(describeMariadb(options), options);
  await server.start();
  return Object.assign(server, databaseEndpoint(options, server.ports));
}

export function describeMariadb(options: MariadbOptions): ServerSpec {
  return {
    name: options.name,
    folder: join(options.folder, options.name),
    portCount: 1,
    prepare: async () => {
      await prepareDataFolder(dataFolderOf(options));
      await mkdir(temporaryFolderOf(options), { recursive: true });
    },
    command: ([port = 0]) => [getExecutable('mariadbd'), '--no-defaults', ...listCommonSettings(options, port)],
    probe: (ports) => probeDatabase(options, ports),
  };
}

/** mariadb-install-db takes a second and two; a copy of what it made takes a tenth of one. */
async function prepareDataFolder(dataFolder: string): Promise<void> {
  const template = await makeCached('mariadb', async (folder) => {
    await runCommand(
      getExecutable('mariadb-install-db'),
      [
        '--no-defaults',
        `--datadir=${folder}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--innodb-log-file-size=4M', // the server makes its own at its first start
        ...asCurrentUser(),
      ],
      { timeoutMs: INSTALL_TIMEOUT_MS },
    );
  });
  await copyFolderOnce(template, dataFolder);
}
