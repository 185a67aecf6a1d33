/**
 * One physical connection to a MySQL-family server, opened with the session that all of ergate relies on: strict SQL
 * mode without NO_BACKSLASH_ESCAPES, UTC, utf8mb4, READ COMMITTED, short lock waits. Every setting is set and then read
 * back, because a proxy or an init_connect may change it behind our back. Who only looks says so, and can write nothing.
 *
 * Every query has a deadline of ours. When it passes, the connection is destroyed, since the driver would keep it busy;
 * the server may still carry the statement out, so the outcome is unknown, not failed.
 *
 * Values of rows arrive as text: integers over 53 bits, decimals, dates and times are never numbers or Date objects.
 */
import mysql from 'mysql2';
import type { Secret } from '../../protocol/settings/secret.ts';

export interface MysqlServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
  /** Before each statement is sent; what it rejects with becomes of the statement. For faults on purpose. */
  readonly beforeStatement?: (() => Promise<void> | undefined) | undefined;
}

export interface OpenMysqlOptions {
  /** For everything until the session is asserted. */
  readonly deadlineMs: number;
  /** Several statements in one query; only for texts whose values our own escaper wrote. */
  readonly multipleStatements?: boolean;
  /** No setting of the session is touched: for a question about the server, not for values. */
  readonly bare?: boolean;
  /** Nothing can be written over it. */
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal;
}

export type MysqlRow = Readonly<Record<string, unknown>>;

/** The bytes that the server sent, by place in the select list; null is NULL. */
export type MysqlByteRow = readonly (Buffer | null)[];

/** Reasons of our own for a failed query; the driver's errors pass unchanged. */
type MysqlFailureCode = 'ERGATE_DEADLINE' | 'ERGATE_DESTROYED' | 'ERGATE_CLOSED' | 'ERGATE_SESSION';

/** An error of the driver as far as we read it. */
export interface MysqlFailure extends Error {
  readonly errno?: number;
  readonly sqlState?: string;
  readonly code?: string;
  readonly fatal?: boolean;
  /** As the server stated it when the session was opened; ours. Without it nothing was opened. */
  readonly serverVersion?: string;
}

const SQL_MODE = ['ERROR_FOR_DIVISION_BY_ZERO', 'NO_AUTO_VALUE_ON_ZERO', 'NO_ENGINE_SUBSTITUTION', 'STRICT_ALL_TABLES'];
/** Shorter than any deadline of a batch, so that the server answers before we have to give up on the connection. */
const LOCK_WAIT_SECONDS = 5;

const listSettings = (readOnly: boolean) => [
  `SET NAMES utf8mb4`,
  `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ${readOnly ? 'ONLY' : 'WRITE'}`,
  `SET SESSION sql_mode = '${SQL_MODE.join(',')}', time_zone = '+00:00', autocommit = 1,
  innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, lock_wait_timeout = ${LOCK_WAIT_SECONDS},
  unique_checks = 1, foreign_key_checks = 1, sql_safe_updates = 0, sql_auto_is_null = 0`,
];

/** Whether nothing can be written: MariaDB and MySQL have different names for it. */
const READ_ONLY_NAMES = ['tx_read_only', 'transaction_read_only'];

/** A name that the server does not know is missing from its answer: MariaDB and MySQL call the isolation differently. */
const EXPECTED_SESSION: Readonly<Record<string, string>> = {
  sql_mode: SQL_MODE.join(','),
  time_zone: '+00:00',
  autocommit: 'ON',
  unique_checks: 'ON',
  foreign_key_checks: 'ON',
  sql_safe_updates: 'OFF',
  sql_auto_is_null: 'OFF',
  // Not set, it takes a privilege: what is written without it reaches no replica.
  sql_log_bin: 'ON',
  tx_isolation: 'READ-COMMITTED',
  transaction_isolation: 'READ-COMMITTED',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_results: 'utf8mb4',
  innodb_lock_wait_timeout: String(LOCK_WAIT_SECONDS),
  lock_wait_timeout: String(LOCK_WAIT_SECONDS),
};

const READ_SESSION = `SHOW SESSION VARIABLES WHERE Variable_name IN (${[
  ...Object.keys(EXPECTED_SESSION),
  ...READ_ONLY_NAMES,
  'max_allowed_packet',
  'version',
]
  .map((name) => `'${name}'`)
  .join(', ')})`;

/**
 * @throws MysqlFailure of the driver when the server cannot be reached or refuses the user; `ERGATE_DEADLINE`;
 *   `ERGATE_SESSION` when a setting reads back different from what was set. Nothing is left open then.
 */
export async function openMysql(server: MysqlServer, options: OpenMysqlOptions): Promise<MysqlConnection> {
  options.signal?.throwIfAborted();
  const deadlineAtMs = performance.now() + options.deadlineMs;
  const leftMs = () => Math.max(1, deadlineAtMs - performance.now());
  const driver = mysql.createConnection({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password.reveal(),
    database: server.database,
    connectTimeout: options.deadlineMs,
    multipleStatements: options.multipleStatements === true,
    // Without FOUND_ROWS an update that changes nothing reports 0 rows.
    flags: ['-FOUND_ROWS', '-LOCAL_FILES'],
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    timezone: 'Z',
    // We send no placeholders; the driver would search the whole text for them, which costs as much as building it did.
    queryFormat: (sql) => sql,
  });
  const connection = new MysqlConnection(driver, server.beforeStatement);
  const abort = () => connection.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await connection.connect(leftMs());
    if (options.bare !== true) {
      const readOnly = options.readOnly === true;
      for (const sql of listSettings(readOnly)) {
        await connection.query(sql, leftMs());
      }
      connection.assertSession(await connection.query(READ_SESSION, leftMs()), readOnly);
    }
    return connection;
  } catch (error) {
    connection.destroy();
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** The declarations of the driver leave it out; there is none in tests. */
type DriverWithStream = mysql.Connection & { readonly stream?: { destroy(): void } };

export class MysqlConnection {
  readonly #driver: mysql.Connection;
  readonly #beforeStatement: MysqlServer['beforeStatement'];
  /** The driver tells nobody about a connection that we destroy: whoever waits has to be told by us. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isOpen = true;
  #maxPacketBytes = 0;
  #version: string | undefined;

  constructor(driver: mysql.Connection, beforeStatement: MysqlServer['beforeStatement'] = undefined) {
    this.#driver = driver;
    this.#beforeStatement = beforeStatement;
    // An idle connection that dies says so here only; a busy one says it through its query as well.
    driver.on('error', (error) => this.#abandon(error));
    driver.on('end', () => {
      this.#isOpen = false;
    });
  }

  /** False as soon as we know that nothing can be sent any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The server's id of this session, as CONNECTION_ID() gives it. */
  get id(): number {
    return this.#driver.threadId ?? 0;
  }

  /** Largest packet that the server takes, bytes. */
  get maxPacketBytes(): number {
    return this.#maxPacketBytes;
  }

  connect(deadlineMs: number): Promise<void> {
    return this.#within(deadlineMs, (settle) => this.#driver.connect((error) => settle(error, undefined)));
  }

  /**
   * @returns rows of the statement; of several statements, nothing useful
   * @throws MysqlFailure; `ERGATE_CLOSED` when nothing was sent, `ERGATE_DEADLINE` or `ERGATE_DESTROYED` when the
   *   outcome is unknown
   */
  query(sql: string, deadlineMs: number): Promise<readonly MysqlRow[]> {
    if (!this.#isOpen) {
      return Promise.reject(closedBefore());
    }
    return this.#within(deadlineMs, (settle) => {
      const send = () =>
        this.#driver.query(sql, (error, rows) => settle(error, Array.isArray(rows) ? (rows as MysqlRow[]) : [])); // rows are plain objects by the options above
      const wait = this.#beforeStatement?.();
      if (wait === undefined) {
        send();
      } else {
        wait.then(send, (error: Error) => settle(error, []));
      }
    });
  }

  /** As query, for many rows of any types: nothing is converted, and no row has names. */
  queryBytes(sql: string, deadlineMs: number): Promise<readonly MysqlByteRow[]> {
    if (!this.#isOpen) {
      return Promise.reject(closedBefore());
    }
    return this.#within(deadlineMs, (settle) => {
      this.#driver.query({ sql, rowsAsArray: true, typeCast: false }, (error, rows) => {
        settle(error, Array.isArray(rows) ? (rows as MysqlByteRow[]) : []); // by these options
      });
    });
  }

  assertSession(rows: readonly MysqlRow[], readOnly = false): void {
    const session = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
    const wanted = READ_ONLY_NAMES.map((name) => [name, readOnly ? 'ON' : 'OFF'] as const);
    for (const [name, expected] of [...Object.entries(EXPECTED_SESSION), ...wanted]) {
      const actual = session.get(name);
      if (actual !== undefined && sortList(actual) !== sortList(expected)) {
        throw failure('ERGATE_SESSION', `${name} is '${actual}' after it was set to '${expected}'`);
      }
    }
    this.#version = session.get('version');
    this.#maxPacketBytes = Number(session.get('max_allowed_packet') ?? 0);
  }

  /** Says goodbye when nothing runs, so that the server does not count an aborted client. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#isOpen) {
      return;
    }
    this.#isOpen = false;
    try {
      await this.#within(deadlineMs, (settle) => this.#driver.end((error) => settle(error ?? null, undefined)));
    } finally {
      this.destroy();
    }
  }

  /** Drops the socket at once; who waits for an answer gets `ERGATE_DESTROYED`. The server may still finish its work. */
  destroy(): void {
    this.#abandon(failure('ERGATE_DESTROYED', 'the connection was destroyed before the answer came'));
  }

  #abandon(reason: Error): void {
    this.#isOpen = false;
    this.#driver.destroy();
    // The driver only ends its side: behind a server that does not answer, the socket would stay for as long as that lasts.
    (this.#driver as DriverWithStream).stream?.destroy();
    for (const reject of this.#waiting) {
      reject(reason);
    }
  }

  #within<Value>(
    deadlineMs: number,
    run: (settle: (error: Error | null, value: Value) => void) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
        this.#isOpen &&= (error as MysqlFailure).fatal !== true; // the driver documents its errors in this shape
        // The driver adds the whole statement: row values, which must reach no log, and perhaps megabytes.
        Reflect.deleteProperty(error, 'sql');
        reject(this.#version === undefined ? error : Object.assign(error, { serverVersion: this.#version }));
      };
      const timer = setTimeout(() => {
        fail(failure('ERGATE_DEADLINE', `no answer within ${Math.round(deadlineMs)} ms`));
        this.destroy();
      }, deadlineMs);
      this.#waiting.add(fail);
      run((error, value) => {
        if (error !== null) {
          fail(error);
          return;
        }
        clearTimeout(timer);
        this.#waiting.delete(fail);
        resolve(value);
      });
    });
  }
}

function closedBefore(): MysqlFailure {
  return failure('ERGATE_CLOSED', 'the connection was closed before the statement was sent');
}

function failure(code: MysqlFailureCode, message: string): MysqlFailure {
  return Object.assign(new Error(message), { code, fatal: true });
}

/** sql_mode is a set: its order means nothing. */
function sortList(text: string): string {
  return text.split(',').sort().join();
}
