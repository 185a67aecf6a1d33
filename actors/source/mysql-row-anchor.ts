/**
 * A row anchor on a server of the MySQL family.
 *
 * The server writes a transaction to its log before it shows it to readers, and keeps its row locks until it does: after a
 * flush of many transactions, or with a semi-synchronous replica that is slow, for seconds. So each row is asked for with a
 * shared lock: the lock is there when nothing of the row is on its way, and is given back at once. Nobody is waited for. A
 * row that is locked is being changed, and a record of that will come.
 *
 * The end of the log is asked for before. What it holds up to there has happened to the rows, or keeps them locked.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { chooseKeyLiterals } from '../row/key-literal.ts';
import { arrangeSourceKey } from '../row/look-subject.ts';
import type { Anchored, RowAnchor } from '../row/row-anchor.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { MysqlConnection, MysqlFailure, MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { isMysqlRefusal, textOf } from '../runtime/mysql-refusal.ts';
import { quoteName } from '../target/mysql/quote-name.ts';

export interface MysqlRowAnchorOptions {
  /** Of the server whose log the change stream carries, no replica of it. Not closed here. */
  readonly pool: Pick<MysqlPool, 'use'>;
  readonly tables: Pick<RowReader, 'readTables'>;
  /** Of the capture of ours that reads the log; undefined when none does, and positions of the stream mean something else. */
  readonly logEpoch: number | undefined;
}

/** For one statement, ms. */
const DEADLINE_MS = 2_000;
/** The row is locked: MySQL has a number for it, MariaDB calls it a wait that timed out. */
const LOCKED: ReadonlySet<number> = new Set([3572, 1205]);
const SYNTAX_ERROR = 1064;

export class MysqlRowAnchor implements RowAnchor {
  readonly #options: MysqlRowAnchorOptions;
  readonly #shapes = new Map<string, TableShape>();

  constructor(options: MysqlRowAnchorOptions) {
    this.#options = options;
  }

  async settle(rows: readonly RowName[]): Promise<Anchored> {
    try {
      await this.#readShapes(rows);
      return await this.#options.pool.use((connection) => this.#settle(connection, rows));
    } catch (error) {
      this.#shapes.clear(); // a table may not be as it was
      throw codeError(error);
    }
  }

  async #readShapes(rows: readonly RowName[]): Promise<void> {
    const missing = [...new Set(rows.map(({ table }) => table))].filter((table) => !this.#shapes.has(table));
    if (missing.length > 0) {
      for (const [name, shape] of await this.#options.tables.readTables(missing)) {
        this.#shapes.set(name, shape);
      }
    }
  }

  async #settle(connection: MysqlConnection, rows: readonly RowName[]): Promise<Anchored> {
    const position = await this.#readLogEnd(connection);
    const unsettled = new Map<RowName, ReplicationError>();
    // One at a time: whoever holds a lock and asks for another can be part of a deadlock.
    for (const row of rows) {
      const error = await this.#touch(connection, row);
      if (error !== undefined) {
        unsettled.set(row, error);
      }
    }
    return { position, unsettled };
  }

  async #readLogEnd(connection: MysqlConnection): Promise<SourcePosition | undefined> {
    const { logEpoch } = this.#options;
    if (logEpoch === undefined) {
      return undefined;
    }
    const [end] = await askLogEnd(connection);
    const file = /\.(\d{1,15})$/.exec(String(end?.['File'] ?? ''))?.[1];
    return file === undefined
      ? undefined
      : { epoch: logEpoch, file: Number(file), position: Number(end?.['Position']), ordinal: 0 };
  }

  async #touch(connection: MysqlConnection, row: RowName): Promise<ReplicationError | undefined> {
    const table = this.#shapes.get(row.table);
    const key = table === undefined ? undefined : arrangeSourceKey(table.primaryKey, row);
    if (table === undefined || key === undefined) {
      return new ReplicationError('ERG_4081', `nothing names a row of table ${row.table} at the source`);
    }
    if (!table.keyEnforced) {
      return new ReplicationError('ERG_5207', `table ${row.table} has no index that enforces its key at the source`);
    }
    try {
      await connection.query(lockSql(table, key), DEADLINE_MS);
      return undefined;
    } catch (error) {
      if (error instanceof ReplicationError) {
        return error; // no row can have such a key
      }
      if (LOCKED.has((error as MysqlFailure).errno ?? 0)) {
        return new ReplicationError('ERG_5205', `a row of table ${row.table} is being changed`, { cause: error });
      }
      throw error;
    }
  }
}

/** @returns nothing when there is no log, or when the user may not ask for it */
async function askLogEnd(connection: MysqlConnection): Promise<readonly MysqlRow[]> {
  try {
    return await connection.query('SHOW MASTER STATUS', DEADLINE_MS);
  } catch (error) {
    if ((error as MysqlFailure).errno === SYNTAX_ERROR) {
      return await connection.query('SHOW BINARY LOG STATUS', DEADLINE_MS); // MySQL from 8.4 on
    }
    if (isMysqlRefusal(error)) {
      return [];
    }
    throw error;
  }
}

function lockSql(table: TableShape, key: readonly Cell[]): string {
  const where = table.primaryKey.map((name, at) => {
    const column = table.columnByName.get(name);
    if (column === undefined) {
      throw new ReplicationError('ERG_9000', `key column ${name} was judged to be there`);
    }
    return `${quoteName(name)}=${chooseKeyLiterals(column).literal(key[at] ?? null)}`;
  });
  return `SELECT 1 FROM ${quoteName(table.name)} WHERE ${where.join(' AND ')} ${LOCK}`;
}

/** MySQL 8 and MariaDB 10.3 have no form in common: each takes the other's for a comment or the text itself. */
const LOCK = '/*M! LOCK IN SHARE MODE NOWAIT *//*!80001 FOR SHARE NOWAIT */';

function codeError(error: unknown): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  return new ReplicationError(isMysqlRefusal(error) ? 'ERG_2103' : 'ERG_2101', textOf(error), { cause: error });
}
