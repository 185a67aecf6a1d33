/**
 * A MySQL 8.0.15 server for tests: the other flavour of the family beside MariaDB. Fetch it first with
 * `installMissing({ withMysql: true })`. Old, and never for data of users.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
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
import { hasMysql, MYSQL_VERSION, mysqlFolder } from './mysql-parts.ts';
import { runCommand } from './run-command.ts';
import { ServerProcess, type ServerSpec } from './server-process.ts';

const INITIALIZE_TIMEOUT_MS = 120_000;
const GTIDS = ['--gtid-mode=ON', '--enforce-gtid-consistency=ON'];
/** A quarter of the default: what it makes at first is copied for each server. */
const REDO_LOG = '--innodb-log-file-size=16M';
/** It knows root at "localhost" only, which is the socket where names are not resolved. One statement a line. */
const ROOT_BY_ADDRESS = `CREATE USER root@'127.0.0.1' IDENTIFIED BY '';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
`;

/** @throws Error when its program was not fetched */
export async function startMysql(options: DatabaseOptions): Promise<DatabaseServer> {
  const server = new ServerProcess(describeMysql(options), options);
  await server.start();
  return Object.assign(server, databaseEndpoint(options, server.ports));
}

function describeMysql(options: DatabaseOptions): ServerSpec {
  return {
    name: options.name,
    folder: join(options.folder, options.name),
    portCount: 1,
    prepare: async () => {
      await prepareDataFolder(dataFolderOf(options));
      await mkdir(temporaryFolderOf(options), { recursive: true });
    },
    command: ([port = 0]) => [getMysqld(), ...listSettings(options, port)],
    probe: (ports) => probeDatabase(options, ports),
  };
}

function listSettings(options: DatabaseOptions, port: number): readonly string[] {
  return [
    ...listPlaces(),
    ...listCommonSettings(options, port),
    '--mysqlx=OFF', // a second port, which nobody asked for
    '--secure-file-priv=NULL',
    REDO_LOG,
    ...(options.source === true ? GTIDS : []),
  ];
}

function listPlaces(): readonly string[] {
  return ['--no-defaults', `--basedir=${mysqlFolder()}`, `--lc-messages-dir=${join(mysqlFolder(), 'share')}`];
}

function getMysqld(): string {
  if (!hasMysql()) {
    throw new Error(`MySQL ${MYSQL_VERSION} was not fetched; "npm test" does it, or says what to do`);
  }
  return join(mysqlFolder(), 'bin', 'mysqld');
}

/** Initialising takes four seconds, a copy of what it made a tenth of one. */
async function prepareDataFolder(dataFolder: string): Promise<void> {
  const template = await makeCached(`mysql-${MYSQL_VERSION}-data`, async (folder) => {
    const statements = `${folder}.sql`; // it wants its folder empty
    await writeFile(statements, ROOT_BY_ADDRESS);
    await runCommand(
      getMysqld(),
      [
        ...listPlaces(),
        '--initialize-insecure',
        `--init-file=${statements}`,
        `--datadir=${folder}`,
        REDO_LOG,
        ...asCurrentUser(),
      ],
      { timeoutMs: INITIALIZE_TIMEOUT_MS },
    ).finally(() => rm(statements));
    // Names the server; each copy makes a name of its own at its first start.
    await rm(join(folder, 'auto.cnf'), { force: true });
  });
  await copyFolderOnce(template, dataFolder);
}
