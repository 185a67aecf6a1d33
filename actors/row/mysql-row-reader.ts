/**
 * Rows of one database of the MySQL family as they are now, source or target. A read locks nothing and sees what is
 * committed; each statement is a moment of its own.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { MysqlConnection } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { readTables } from '../target/mysql/read-tables.ts';
import type { RowRange, RowReader, StoredRow } from './row-reader.ts';
import { TableReading } from './table-reading.ts';

export interface MysqlRowReaderOptions {
  /** Closed with the reader. */
  readonly pool: Pick<MysqlPool, 'use' | 'close'>;
  readonly database: string;
  /** Keys of tables that declare none. */
  readonly primaryKeys: ReadonlyMap<string, readonly string[]>;
  /** An error of the driver as one of the side's own codes. @param doing for people: "read rows" */
  readonly codeError: (error: unknown, doing: string) => ReplicationError;
  /** For one statement. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;
/** A statement may take this part of the packet that the server accepts. */
const PACKET_SHARE = 0.5;

interface AskedKey {
  readonly key: string;
  readonly cells: readonly Cell[];
  readonly sql: string;
}

export class MysqlRowReader implements RowReader {
  readonly #options: MysqlRowReaderOptions;
  readonly #deadlineMs: number;
  readonly #readings = new WeakMap<TableShape, TableReading>();

  constructor(options: MysqlRowReaderOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>> {
    const { database, primaryKeys } = this.#options;
    return this.#use('read tables', (connection) => readTables(connection, { database, tables, primaryKeys }));
  }

  /**
   * A key that its column cannot hold names no row. Where the server takes another spelling for the same key (case, accents,
   * spaces at the end), its row is the answer under the spelling that was asked for, and has its own in `key`.
   */
  async readMany(table: TableShape, keys: readonly (readonly Cell[])[]): Promise<ReadonlyMap<string, StoredRow>> {
    const reading = this.#readingOf(table);
    const asked = new Map<string, AskedKey>();
    for (const cells of keys) {
      const one = ask(reading, cells);
      if (one !== undefined) {
        asked.set(one.key, one);
      }
    }
    if (asked.size === 0) {
      return new Map();
    }
    return this.#use('read rows', async (connection) => {
      const found = new Map<string, StoredRow>();
      for (const some of split([...asked.values()], reading.maxKeys, connection.maxPacketBytes * PACKET_SHARE)) {
        const sql = reading.selectMany(some.map((one) => one.sql));
        for (const row of await this.#query(connection, reading, sql)) {
          found.set(row.key, row);
        }
      }
      if (!reading.keyPlan.isExact) {
        await this.#findOtherSpellings(connection, reading, { asked, found });
      }
      // The server finds rows of other keys too: for the spelling of one, or for a character that the column lacks.
      for (const key of found.keys()) {
        if (!asked.has(key)) {
          found.delete(key);
        }
      }
      return found;
    });
  }

  readRange(table: TableShape, range: RowRange): Promise<readonly StoredRow[]> {
    const reading = this.#readingOf(table);
    const sql = reading.selectRange(range);
    return this.#use('read rows', (connection) => this.#query(connection, reading, sql));
  }

  close(): void {
    this.#options.pool.close();
  }

  /** Adds to `found` the rows whose keys are spelled otherwise, each by the key that was asked for. */
  async #findOtherSpellings(
    connection: MysqlConnection,
    reading: TableReading,
    { asked, found }: { readonly asked: ReadonlyMap<string, AskedKey>; readonly found: Map<string, StoredRow> },
  ): Promise<void> {
    const missing = [...asked.values()].filter(({ key }) => !found.has(key));
    const orderKeys =
      missing.length === 0 ? new Set() : new Set([...found.values()].map((row) => orderKeyOf(reading, row)));
    for (const { key, cells } of missing) {
      const orderKey = reading.orderKeyOf(cells);
      // Only the server knows whose row it is: equal keys have equal order keys, and others may have them too.
      if (orderKeys.has(orderKey)) {
        const rows = await this.#query(connection, reading, reading.selectOne(cells));
        const row = rows.find((one) => orderKeyOf(reading, one) === orderKey);
        if (row !== undefined) {
          found.set(key, row);
        }
      }
    }
  }

  async #query(connection: MysqlConnection, reading: TableReading, sql: string): Promise<readonly StoredRow[]> {
    const rows = await connection.queryBytes(sql, this.#deadlineMs);
    return rows.map((row) => reading.buildRow(row));
  }

  #readingOf(table: TableShape): TableReading {
    const known = this.#readings.get(table) ?? new TableReading(table);
    this.#readings.set(table, known);
    return known;
  }

  async #use<T>(doing: string, work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    try {
      return await this.#options.pool.use(work);
    } catch (error) {
      throw this.#options.codeError(error, doing);
    }
  }
}

function orderKeyOf(reading: TableReading, { keyCells }: StoredRow): string {
  return reading.orderKeyOf(keyCells);
}

/** Undefined for a key that its columns cannot hold. */
function ask(reading: TableReading, cells: readonly Cell[]): AskedKey | undefined {
  try {
    return { key: encodeRowKey(reading.keyPlan, cells), cells, sql: reading.renderKey(cells) };
  } catch (error) {
    if (error instanceof ReplicationError && error.class === 'row') {
      return undefined;
    }
    throw error;
  }
}

/** In groups of so many keys, and of so many bytes of their SQL. */
function* split(keys: readonly AskedKey[], maxKeys: number, maxBytes: number): Generator<readonly AskedKey[]> {
  let group: AskedKey[] = [];
  let bytes = 0;
  for (const one of keys) {
    // A character may take four bytes.
    const size = one.sql.length * 4;
    if (group.length === maxKeys || (group.length > 0 && bytes + size > maxBytes)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(one);
    bytes += size;
  }
  yield group;
}
