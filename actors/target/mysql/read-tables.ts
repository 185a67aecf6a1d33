/**
 * Reads table shapes from information_schema: a few queries for any number of tables. Names of result columns are given
 * by us, because MySQL 8 answers in capital letters.
 *
 * The queries do not see one moment: between columns and indexes somebody may rename a column, and a key of columns that
 * the table does not have would get its rows refused. So the columns are read again at the end, and all of it when they
 * differ. Only a change that is undone within one reading goes unseen.
 */
import { isDeepStrictEqual } from 'node:util';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { TableShape } from '../../catalog/table-shape.ts';
import type { MysqlConnection, MysqlRow } from '../../runtime/mysql-connection.ts';
import { buildTableShape } from './build-table-shape.ts';
import { detectFlavour } from './flavour.ts';
import { quoteText } from './literal/text-literal.ts';
import { readTraits } from './read-traits.ts';

export interface ReadTablesOptions {
  readonly database: string;
  readonly tables: readonly string[];
  /** Keys of tables that declare none. */
  readonly primaryKeys: ReadonlyMap<string, readonly string[]>;
}

const QUERY_DEADLINE_MS = 10_000;
/** Guess: only a script that changes one table after the other needs more than two. */
const MAX_READINGS = 5;

const READ_SERVER = 'SELECT VERSION() AS version, @@lower_case_table_names AS nameRule';

const SELECT_COLUMNS = `SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name, DATA_TYPE AS dataType,
  COLUMN_TYPE AS columnType, IS_NULLABLE AS nullable, COLUMN_DEFAULT IS NOT NULL AS hasDefault, EXTRA AS extra,
  CHARACTER_MAXIMUM_LENGTH AS length, NUMERIC_PRECISION AS digits, DATETIME_PRECISION AS fraction,
  COLLATION_NAME AS collation FROM information_schema.COLUMNS`;

/** A part of an index that is an expression (MySQL 8) has no column name. */
const SELECT_UNIQUE_PARTS = `SELECT TABLE_NAME AS tableName, INDEX_NAME AS name, COLUMN_NAME AS columnName,
  SUB_PART IS NOT NULL AS isPrefix FROM information_schema.STATISTICS`;

/**
 * @returns shapes by the name that was asked for; a table that does not exist is missing
 * @throws ReplicationError ERG_3401 when they do not stand still
 */
export async function readTables(
  connection: MysqlConnection,
  options: ReadTablesOptions,
): Promise<ReadonlyMap<string, TableShape>> {
  for (let reading = 0; reading < MAX_READINGS; reading += 1) {
    const shapes = await readOnce(connection, options);
    if (shapes !== undefined) {
      return shapes;
    }
  }
  throw new ReplicationError(
    'ERG_3401',
    `tables of ${options.database} were changed under each of ${MAX_READINGS} readings`,
  );
}

/** Undefined when a table was changed meanwhile. */
async function readOnce(
  connection: MysqlConnection,
  { database, tables, primaryKeys }: ReadTablesOptions,
): Promise<ReadonlyMap<string, TableShape> | undefined> {
  const shapes = new Map<string, TableShape>();
  if (tables.length === 0) {
    return shapes;
  }
  const schema = quoteText(database);
  const isAsked = `TABLE_NAME IN (${tables.map(quoteText).join(', ')})`;
  const query = (sql: string) => connection.query(sql, QUERY_DEADLINE_MS);
  const [server] = await query(READ_SERVER);
  const columnsSql = `${SELECT_COLUMNS} WHERE TABLE_SCHEMA = ${schema} AND ${isAsked} ORDER BY TABLE_NAME, ORDINAL_POSITION`;
  const columns = await query(columnsSql);
  const uniqueParts = await query(
    `${SELECT_UNIQUE_PARTS} WHERE TABLE_SCHEMA = ${schema} AND ${isAsked} AND NON_UNIQUE = 0
     ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  const { jsonChecksSql, dropsZeroSign } = detectFlavour(String(server?.['version']));
  const jsonChecks = jsonChecksSql === undefined ? [] : await query(jsonChecksSql(database, isAsked));
  // information_schema compares names without regard to case even where the server tells tables apart by it.
  const isSame = Number(server?.['nameRule']) === 0 ? sameText : sameTextAnyCase;
  const traits = await readTraits({ database, tables, query, isSame });
  if (!isDeepStrictEqual(await query(columnsSql), columns)) {
    return undefined;
  }
  for (const name of tables) {
    const ofTable = (row: MysqlRow) => isSame(String(row['tableName']), name);
    const own = columns.filter(ofTable);
    if (own.length > 0) {
      const rows = {
        columns: own,
        uniqueParts: uniqueParts.filter(ofTable),
        jsonChecks: jsonChecks.filter(ofTable),
        dropsZeroSign,
      };
      shapes.set(name, { ...buildTableShape(name, rows, primaryKeys.get(name)), traits: traits.get(name) });
    }
  }
  return shapes;
}

function sameText(a: string, b: string): boolean {
  return a === b;
}

function sameTextAnyCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
