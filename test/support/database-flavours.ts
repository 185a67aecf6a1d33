/** The servers of the MySQL family that suites run on, each once per flavour. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseOptions, DatabaseServer } from '../../deploy/local/database-server.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { startMysql } from '../../deploy/local/start-mysql.ts';

export type FlavourName = 'MariaDB' | 'MySQL';

export interface DatabaseFlavour {
  readonly flavour: FlavourName;
  readonly start: (options: DatabaseOptions) => Promise<DatabaseServer>;
}

export const FLAVOURS: readonly DatabaseFlavour[] = [
  { flavour: 'MariaDB', start: startMariadb },
  { flavour: 'MySQL', start: startMysql },
];

export interface FlavourServer extends AsyncDisposable {
  readonly folder: string;
  readonly server: DatabaseServer;
}

/** A server in a temporary folder, which goes with it. */
export async function openFlavour(
  { start }: DatabaseFlavour,
  options: Omit<DatabaseOptions, 'folder'>,
): Promise<FlavourServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ergate-flavour-'));
  const server = await start({ folder, ...options });
  return {
    folder,
    server,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
