/** Looks at a server, its tables and what its user may do; changes nothing, locks nothing. */
import type { TableShape } from '../../catalog/table-shape.ts';
import type { MysqlConnection, MysqlFailure, MysqlRow } from '../../runtime/mysql-connection.ts';
import { FENCE_TABLE } from './fence-row.ts';
import { detectFlavour, type Flavour } from './flavour.ts';
import { type Grant, parseGrants } from './parse-grants.ts';
import { quoteName } from './quote-name.ts';
import { type ReadTablesOptions, readTables } from './read-tables.ts';

export interface ServerFacts {
  readonly flavour: Flavour['name'];
  /** "10.11.19". */
  readonly version: string;
  /** As the server knows it: "ergate@%". */
  readonly account: string;
  readonly isReadOnly: boolean;
  readonly maxPacketBytes: number;
  /** A commit that was acknowledged outlives a crash of the server. */
  readonly isDurable: boolean;
  /** What a session gets by itself; ours sets its own. */
  readonly sqlMode: string;
  readonly timeZone: string;
}

export interface ServerInspection {
  readonly facts: ServerFacts;
  readonly grants: readonly Grant[];
  /** Tables that exist and may be seen. */
  readonly tables: ReadonlyMap<string, TableShape>;
}

export interface TargetInspection extends ServerInspection {
  readonly fence: TableShape | undefined;
  /** Privileges that are missing, by table; the fence is one of them. A table that does not exist lacks none. */
  readonly denied: ReadonlyMap<string, readonly string[]>;
}

const QUERY_DEADLINE_MS = 10_000;

const READ_FACTS = `SELECT VERSION() AS version, CURRENT_USER() AS account, @@GLOBAL.read_only AS isReadOnly,
  @@GLOBAL.max_allowed_packet AS maxPacketBytes, @@GLOBAL.innodb_flush_log_at_trx_commit AS flush, @@GLOBAL.sql_mode AS sqlMode, @@GLOBAL.time_zone AS timeZone`;

export async function inspectServer(
  connection: MysqlConnection,
  options: ReadTablesOptions,
): Promise<ServerInspection> {
  const [row = {}] = await connection.query(READ_FACTS, QUERY_DEADLINE_MS);
  const grants = await connection.query('SHOW GRANTS', QUERY_DEADLINE_MS);
  return {
    facts: buildFacts(row),
    grants: parseGrants(grants.map((grant) => String(Object.values(grant)[0]))),
    tables: await readTables(connection, options),
  };
}

/** The same of a target, with its fence and what is missing to write. */
export async function inspectTarget(
  connection: MysqlConnection,
  options: ReadTablesOptions,
): Promise<TargetInspection> {
  const tables = [...options.tables, FENCE_TABLE];
  const inspection = await inspectServer(connection, { ...options, tables });
  const denied = new Map<string, readonly string[]>();
  for (const table of tables) {
    const privileges = await findDenied(connection, table, inspection.tables.get(table));
    if (privileges.length > 0) {
      denied.set(table, privileges);
    }
  }
  return { ...inspection, fence: inspection.tables.get(FENCE_TABLE), denied };
}

/** The server checks the same privileges for an explanation as for the statement, roles and columns included. */
const DENIED: ReadonlySet<number | undefined> = new Set([1142, 1143, 1044, 1370]);

async function findDenied(
  connection: MysqlConnection,
  name: string,
  table: TableShape | undefined,
): Promise<readonly string[]> {
  const denied: string[] = [];
  for (const [privilege, sql] of Object.entries(listProbes(name, table))) {
    try {
      await connection.query(`EXPLAIN ${sql}`, QUERY_DEADLINE_MS);
    } catch (error) {
      const { errno, fatal } = error as MysqlFailure;
      if (DENIED.has(errno)) {
        denied.push(privilege);
      } else if (fatal === true || !connection.isOpen) {
        throw error;
      } // else it is no matter of privileges, as when the server is read-only
    }
  }
  return denied;
}

function listProbes(name: string, table: TableShape | undefined): Record<string, string> {
  const target = quoteName(name);
  const probes: Record<string, string> = { SELECT: `SELECT 1 FROM ${target}` };
  const column = table?.columns.find(({ generated }) => !generated);
  if (column !== undefined) {
    const written = quoteName(column.name);
    probes['INSERT'] = `INSERT INTO ${target} (${written}) SELECT NULL FROM DUAL WHERE 1 = 0`;
    probes['UPDATE'] = `UPDATE ${target} SET ${written} = ${written} WHERE 1 = 0`;
  }
  if (column !== undefined && name !== FENCE_TABLE) {
    probes['DELETE'] = `DELETE FROM ${target} WHERE 1 = 0`;
  }
  return probes;
}

function buildFacts(row: MysqlRow): ServerFacts {
  const version = String(row['version']);
  return {
    flavour: detectFlavour(version).name,
    version: /^[\d.]+/.exec(version)?.[0] ?? version,
    account: String(row['account']),
    isReadOnly: !/^(0|OFF)$/i.test(String(row['isReadOnly'])),
    maxPacketBytes: Number(row['maxPacketBytes']),
    isDurable: Number(row['flush']) === 1,
    sqlMode: String(row['sqlMode']),
    timeZone: String(row['timeZone']),
  };
}
