/**
 * A few connections to one server, opened when needed and used by one caller at a time. After any error the connection
 * is dropped: what it still holds (a transaction, a lock, half an answer) must not reach the next caller.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type MysqlConnection, type MysqlServer, openMysql } from './mysql-connection.ts';

export interface MysqlPoolOptions {
  readonly server: MysqlServer;
  readonly maxConnections: number;
  /** For opening a connection and for waiting until one is free. */
  readonly openDeadlineMs: number;
  /** Nothing can be written over its connections. */
  readonly readOnly?: boolean | undefined;
}

/** Beyond this many callers in line the server is plainly too slow; a longer line would only hide it. */
const MAX_WAITING = 1_000;

export class MysqlPool {
  readonly #options: MysqlPoolOptions;
  readonly #idle: MysqlConnection[] = [];
  readonly #busy = new Set<MysqlConnection>();
  readonly #waiting: { wake: () => void; fail: (error: Error) => void }[] = [];
  readonly #closing = new AbortController();
  #taken = 0;

  constructor(options: MysqlPoolOptions) {
    this.#options = options;
  }

  /** @throws MysqlFailure of the opener or of the work; ERG_9001 when the pool was closed. */
  async use<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    await this.#takeTurn();
    let connection: MysqlConnection | undefined;
    try {
      connection = this.#takeIdle() ?? (await this.#open());
      this.#busy.add(connection);
      const result = await work(connection);
      this.#giveBack(connection);
      return result;
    } catch (error) {
      connection?.destroy();
      throw this.#closing.signal.aborted ? closed(error) : error;
    } finally {
      if (connection !== undefined) {
        this.#busy.delete(connection);
      }
      this.#passTurn();
    }
  }

  /** Ends all connections, busy ones too. Idempotent. */
  close(): void {
    this.#closing.abort();
    for (const { fail } of this.#waiting.splice(0)) {
      fail(closed());
    }
    for (const connection of [...this.#idle.splice(0), ...this.#busy]) {
      connection.destroy();
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#closing.signal.aborted) {
      throw closed();
    }
    if (this.#taken >= this.#options.maxConnections) {
      await this.#waitInLine();
    } else {
      this.#taken += 1;
    }
  }

  /** To the next in line, so that a newcomer cannot slip in between. */
  #passTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#taken -= 1;
    } else {
      next.wake();
    }
  }

  #waitInLine(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw busy(`more than ${MAX_WAITING} callers wait for a connection`);
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) {
          this.#waiting.splice(at, 1);
        }
      };
      const waiter = {
        wake: () => {
          leave();
          resolve();
        },
        fail: (error: Error) => {
          leave();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => waiter.fail(busy(`no connection was free within ${this.#options.openDeadlineMs} ms`)),
        this.#options.openDeadlineMs,
      );
      this.#waiting.push(waiter);
    });
  }

  #takeIdle(): MysqlConnection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isOpen) {
        return connection;
      }
    }
    return undefined;
  }

  #open(): Promise<MysqlConnection> {
    const { server, openDeadlineMs, readOnly } = this.#options;
    return openMysql(server, { deadlineMs: openDeadlineMs, readOnly, signal: this.#closing.signal });
  }

  #giveBack(connection: MysqlConnection): void {
    if (connection.isOpen && !this.#closing.signal.aborted) {
      this.#idle.push(connection);
    } else {
      connection.destroy();
    }
  }
}

function closed(cause?: unknown): ReplicationError {
  return new ReplicationError('ERG_9001', 'the connections were closed', { cause });
}

/** In the shape of a driver's error, so that callers classify it like any other failure to reach the server. */
function busy(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERGATE_DEADLINE', fatal: true });
}
