import mysql from 'mysql2/promise';

export interface SourceServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** Longer than the session's lock wait; when it passes, the outcome is unknown. */
const ANSWER_TIMEOUT_MS = 15_000;
const LOCK_WAIT_SECONDS = 5;

/**
 * One connection to the source for one writer. It holds the named lock of its writer, which the server frees only when
 * the session has ended: who gets the lock knows that nothing of an earlier session is still going to be committed.
 */
export class SourceSession {
  readonly #connection: mysql.Connection;

  private constructor(connection: mysql.Connection) {
    this.#connection = connection;
    connection.on('error', () => connection.destroy());
  }

  /** @throws Error when the source is away, or another session holds the lock for longer than 5 s. */
  static async open(server: SourceServer, lock: string): Promise<SourceSession> {
    const connection = await mysql.createConnection({
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
      database: server.database,
      connectTimeout: CONNECT_TIMEOUT_MS,
      charset: 'utf8mb4_bin',
      multipleStatements: true,
      rowsAsArray: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    const session = new SourceSession(connection);
    try {
      await session.#run(
        `SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', innodb_lock_wait_timeout=${LOCK_WAIT_SECONDS}`,
      );
      const locked = await session.readOne(`SELECT GET_LOCK('${lock}', ${LOCK_WAIT_SECONDS})`);
      if (locked !== '1') {
        throw new Error(`lock ${lock} is held by another session: is a second load generator running on this source?`);
      }
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Runs one or several statements as one packet. @returns the rows that they changed in all */
  async write(sql: string): Promise<number> {
    const result = await this.#run(sql);
    const headers = (Array.isArray(result) ? result : [result]) as readonly mysql.ResultSetHeader[]; // no SELECT here
    return headers.reduce((sum, header) => sum + header.affectedRows, 0);
  }

  /** The first cell of the first row as text; undefined when there is no row, 'null' for NULL. */
  async readOne(sql: string): Promise<string | undefined> {
    const rows = (await this.#run(sql)) as unknown[][]; // rowsAsArray
    const [row] = rows;
    return row === undefined ? undefined : String(row[0]);
  }

  /** Ends the connection without waiting for the server. */
  close(): void {
    this.#connection.destroy();
  }

  /** mysql2 knows no deadline for several statements in one packet, so the connection is cut when ours passes. */
  async #run(sql: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the source gave no answer within ${ANSWER_TIMEOUT_MS} ms`));
        this.#connection.destroy();
      }, ANSWER_TIMEOUT_MS);
    });
    try {
      const [result] = await Promise.race([this.#connection.query(sql), timeout]);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }
}
