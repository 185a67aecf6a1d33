/**
 * Reads a query's rows in primary-key order, a page at a time, each cell as hexadecimal text made by the server. So no
 * driver setting, character set or number type of ours can blur a difference, and memory stays bounded by one page.
 */
import mysql from 'mysql2/promise';
import type { Endpoint } from './endpoints.ts';

export interface ColumnText {
  readonly name: string;
  /** data_type of information_schema, lower case. */
  readonly type: string;
  /** Where it comes from, for a column that the scanned table itself does not have. */
  readonly expression?: string | undefined;
}

export interface TableText {
  readonly columns: readonly ColumnText[];
  readonly primaryKey: readonly string[];
}

export interface ScannedRow {
  /** Decimal text of the key columns, in key order. */
  readonly key: readonly string[];
  /** Hexadecimal text per column asked for; null for NULL. */
  readonly cells: readonly (string | null)[];
}

export interface Scan {
  /** FROM part; the table whose rows are meant has the alias t. */
  readonly from: string;
  readonly where: string;
  readonly key: readonly string[];
  readonly columns: readonly ColumnText[];
}

const PAGE_ROWS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const BINARY_TYPES = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'bit', 'geometry']);

/** A database read in one consistent snapshot; open it anew to see newer rows. */
export class Snapshot {
  readonly #connection: mysql.Connection;

  private constructor(connection: mysql.Connection) {
    this.#connection = connection;
  }

  static async open(endpoint: Endpoint): Promise<Snapshot> {
    const connection = await mysql.createConnection({
      host: endpoint.host,
      port: endpoint.port,
      user: endpoint.user,
      password: endpoint.password,
      database: endpoint.database,
      charset: 'utf8mb4_bin',
      connectTimeout: CONNECT_TIMEOUT_MS,
      rowsAsArray: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
    });
    connection.on('error', () => connection.destroy());
    const snapshot = new Snapshot(connection);
    await snapshot.readRows("SET SESSION time_zone='+00:00'");
    await snapshot.readRows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await snapshot.readRows('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    return snapshot;
  }

  async readTable(table: string): Promise<TableText | undefined> {
    const where = `table_schema = DATABASE() AND table_name = '${table}'`;
    const columns = await this.readRows(
      `SELECT column_name, LOWER(data_type) FROM information_schema.columns WHERE ${where} ORDER BY ordinal_position`,
    );
    const key = await this.readRows(
      `SELECT column_name FROM information_schema.statistics WHERE ${where} AND index_name = 'PRIMARY' ORDER BY seq_in_index`,
    );
    if (columns.length === 0) {
      return undefined;
    }
    return {
      columns: columns.map(([name, type]) => ({ name: String(name), type: String(type) })),
      primaryKey: key.map(([name]) => String(name)),
    };
  }

  async count(from: string, where: string): Promise<number> {
    const [row] = await this.readRows(`SELECT COUNT(*) FROM ${from} WHERE ${where}`);
    return Number(row?.[0]);
  }

  async *scan(scan: Scan): AsyncGenerator<ScannedRow> {
    let after: readonly string[] | undefined;
    for (;;) {
      const rows = await this.readRows(buildPage(scan, after));
      for (const row of rows) {
        after = row.slice(0, scan.key.length).map(String);
        yield { key: after, cells: row.slice(scan.key.length) as (string | null)[] }; // HEX() gives text or NULL
      }
      if (rows.length < PAGE_ROWS) {
        return;
      }
    }
  }

  close(): void {
    this.#connection.destroy();
  }

  private async readRows(sql: string): Promise<unknown[][]> {
    const [rows] = await this.#connection.query(sql);
    return rows as unknown[][]; // rowsAsArray
  }
}

function buildPage({ from, where, key, columns }: Scan, after: readonly string[] | undefined): string {
  const keyTexts = key.map((name) => `CAST(t.\`${name}\` AS CHAR)`);
  const cells = columns.map(cellAsHex);
  const order = key.map((name) => `t.\`${name}\``).join(', ');
  const beyond = after === undefined ? '' : ` AND ${buildAfter(key, after)}`;
  return `SELECT ${[...keyTexts, ...cells].join(', ')} FROM ${from} WHERE (${where})${beyond} ORDER BY ${order} LIMIT ${PAGE_ROWS}`;
}

/** (a, b) > (x, y) in a form that uses the primary key; the keys compared here are whole numbers. */
function buildAfter(key: readonly string[], after: readonly string[]): string {
  const alternatives = key.map((name, position) => {
    const equal = key.slice(0, position).map((earlier, index) => `t.\`${earlier}\` = ${after[index]}`);
    return [...equal, `t.\`${name}\` > ${after[position]}`].join(' AND ');
  });
  return `t.\`${key[0]}\` >= ${after[0]} AND (${alternatives.join(' OR ')})`;
}

/** Bytes as they are; everything else as its text in utf8mb4, so that equal text in two character sets is equal. */
function cellAsHex({ name, type, expression }: ColumnText): string {
  const column = expression ?? `t.\`${name}\``;
  if (BINARY_TYPES.has(type)) {
    return `HEX(${column})`;
  }
  // A FLOAT as text has six digits only; as a DOUBLE it has all.
  const exact = type === 'float' ? `${column} + 0e0` : column;
  return `HEX(CONVERT(CAST(${exact} AS CHAR) USING utf8mb4))`;
}

/** Order of keys made of whole numbers in decimal text, as the server sorts them. */
export function compareKeys(left: readonly string[], right: readonly string[]): number {
  for (const [position, text] of left.entries()) {
    const difference = compareWholeNumbers(text, right[position] ?? '');
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

function compareWholeNumbers(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
