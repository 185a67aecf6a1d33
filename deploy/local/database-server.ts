/** What servers of the MySQL family have in common: loopback only, root without password, all they own in one folder. */
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { ServerLife, ServerProcess } from './server-process.ts';

export interface DatabaseOptions extends ServerLife {
  /** The server lives in `<folder>/<name>`. */
  readonly folder: string;
  readonly name: string;
  /** Made at the first start; default: the name. */
  readonly database?: string;
  /** True: its binary log has all that a capture needs. Others log rows too, so that tests can read what was applied. */
  readonly source?: boolean;
  /** Tells servers that read each other's binary logs apart; default 1. */
  readonly serverId?: number;
}

export interface DatabaseEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly socket: string;
}

export type DatabaseServer = ServerProcess & DatabaseEndpoint;

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 2_000;

export function databaseEndpoint(options: DatabaseOptions, [port = 0]: readonly number[]): DatabaseEndpoint {
  const { name, database = name } = options;
  const socket = join(dataFolderOf(options), 'server.sock');
  return { host: HOST, port, user: 'root', password: '', database, socket };
}

export function dataFolderOf({ folder, name }: DatabaseOptions): string {
  return join(folder, name, 'data');
}

export function temporaryFolderOf({ folder, name }: DatabaseOptions): string {
  return join(folder, name, 'tmp');
}

/** Settings that all of the family take. */
export function listCommonSettings(options: DatabaseOptions, port: number): readonly string[] {
  return [
    `--datadir=${dataFolderOf(options)}`,
    // Of its own: a server that starts deletes all temporary tables in that folder, also those of its neighbours.
    `--tmpdir=${temporaryFolderOf(options)}`,
    `--bind-address=${HOST}`,
    `--port=${port}`,
    '--socket=server.sock', // relative to the data folder: the whole path may be longer than a socket's may be
    ...asCurrentUser(),
    '--skip-name-resolve',
    '--max-connections=300',
    '--max-allowed-packet=64M',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    '--innodb-buffer-pool-size=128M',
    // Durable as in production: a commit that was acknowledged survives kill -9. It costs two fsyncs a commit; who wants
    // numbers without them has to say so in the report.
    '--innodb-flush-log-at-trx-commit=1',
    '--sync-binlog=1',
    `--server-id=${options.serverId ?? 1}`,
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--max-binlog-size=128M',
    '--binlog-expire-logs-seconds=21600', // a capture may be away for six hours; the disk stays bounded
    ...(options.source === true ? ['--binlog-row-image=FULL', '--binlog-row-metadata=FULL'] : []),
  ];
}

/** These servers refuse to run as root unless told by name. */
export function asCurrentUser(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

export async function probeDatabase(options: DatabaseOptions, ports: readonly number[]): Promise<void> {
  const { host, port, user, password, database } = databaseEndpoint(options, ports);
  const connection = await mysql.createConnection({ host, port, user, password, connectTimeout: PROBE_TIMEOUT_MS });
  // A connection that dies while idle tells it by this event; the next query tells it too.
  connection.on('error', () => {});
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>({
      sql: 'SELECT @@datadir AS folder',
      timeout: PROBE_TIMEOUT_MS,
    });
    if (rows[0]?.['folder'] !== `${dataFolderOf(options)}/`) {
      throw new Error(`port ${port} belongs to another server, with its data in ${rows[0]?.['folder']}`);
    }
    await connection.query({ sql: `CREATE DATABASE IF NOT EXISTS \`${database}\``, timeout: PROBE_TIMEOUT_MS });
  } finally {
    connection.destroy();
  }
}
