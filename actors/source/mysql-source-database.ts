/**
 * One source database for all that ask it: look-ups, and rows as they are now. Few connections, so that a slow source holds
 * few, and one circuit breaker for both. After half of at least five queries within ten seconds failed, queries are refused
 * at once for five seconds; then one is let through to see. The source is somebody's production: nothing must pile up on it.
 */
import CircuitBreaker from 'opossum';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { MysqlRowReader } from '../row/mysql-row-reader.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { MysqlRow, MysqlServer } from '../runtime/mysql-connection.ts';
import { MysqlPool } from '../runtime/mysql-pool.ts';
import { isMysqlRefusal } from '../runtime/mysql-refusal.ts';
import { TurnKeeper } from '../runtime/turn-keeper.ts';
import { MysqlSourceLookup } from './mysql-source-lookup.ts';
import { getResolver } from './resolvers/get-resolver.ts';
import { asSourceReadError } from './source-errors.ts';
import type { SourceLookup } from './source-lookup.ts';
import { SourceRowPool } from './source-row-pool.ts';

export interface SourceDatabaseOptions {
  readonly server: MysqlServer;
  /** For one look-up, ms; the connection is destroyed when it passes. */
  readonly queryDeadlineMs?: number;
  /** For one statement that reads rows, ms. */
  readonly rowsDeadlineMs?: number;
  /** How long the breaker stays open, ms. */
  readonly openForMs?: number;
}

/** Of look-ups: changes wait for them. */
const MAX_CONNECTIONS = 4;
/** Of rows: they must not take the connections of look-ups. */
const MAX_ROW_CONNECTIONS = 2;
const QUERY_DEADLINE_MS = 2_000;
/** A statement may ask for hundreds of rows, large ones too. */
const ROWS_DEADLINE_MS = 5_000;
const OPEN_FOR_MS = 5_000;
const COUNTED_MS = 10_000;
const MIN_QUERIES = 5;
const FAILED_PERCENT = 50;

export class MysqlSourceDatabase {
  readonly #options: SourceDatabaseOptions;
  readonly #pool: MysqlPool;
  readonly #rowPool: MysqlPool;
  /** In front of the breaker: who waits for another reader has not failed. */
  readonly #rowTurns = new TurnKeeper(MAX_ROW_CONNECTIONS);
  readonly #breaker: CircuitBreaker<[() => Promise<unknown>], unknown>;

  constructor(options: SourceDatabaseOptions) {
    const { server, queryDeadlineMs: openDeadlineMs = QUERY_DEADLINE_MS } = options;
    this.#options = options;
    const pool = { server, openDeadlineMs, readOnly: true };
    this.#pool = new MysqlPool({ ...pool, maxConnections: MAX_CONNECTIONS });
    this.#rowPool = new MysqlPool({ ...pool, maxConnections: MAX_ROW_CONNECTIONS });
    this.#breaker = new CircuitBreaker((query) => query(), {
      timeout: false, // the connection has the deadline, and is destroyed by it; a second timer could only disagree
      errorThresholdPercentage: FAILED_PERCENT,
      volumeThreshold: MIN_QUERIES,
      rollingCountTimeout: COUNTED_MS,
      resetTimeout: options.openForMs ?? OPEN_FOR_MS,
      // The server is well: a right or a table is missing, or what it answered is no use to us.
      errorFilter: (error) => isMysqlRefusal(error) || error instanceof ReplicationError,
    });
  }

  get isOpen(): boolean {
    return this.#breaker.opened;
  }

  /** @throws ReplicationError ERG_2102 when there is no such resolver. */
  lookup(resolver: string): SourceLookup {
    return new MysqlSourceLookup({ name: resolver, resolver: getResolver(resolver), query: (sql) => this.#query(sql) });
  }

  /**
   * Rows of the primary for one reader of them. Its calls reject with ERG_2101, ERG_2103 as look-ups do, with ERG_4082 when
   * a table or column is not there, with ERG_9001 when it was closed; closing it leaves the database open.
   *
   * @param primaryKeys of tables that declare none
   */
  openRowReader(primaryKeys: ReadonlyMap<string, readonly string[]>): RowReader {
    return new MysqlRowReader({
      pool: new SourceRowPool((work) => this.#rowTurns.run(() => this.#guard(() => this.#rowPool.use(work)))),
      database: this.#options.server.database,
      primaryKeys,
      codeError: asSourceReadError,
      deadlineMs: this.#options.rowsDeadlineMs ?? ROWS_DEADLINE_MS,
    });
  }

  /** Idempotent; what is under way and what comes later rejects with ERG_9001. */
  close(): void {
    this.#breaker.shutdown();
    this.#pool.close();
    this.#rowPool.close();
  }

  #query(sql: string): Promise<readonly MysqlRow[]> {
    const deadlineMs = this.#options.queryDeadlineMs ?? QUERY_DEADLINE_MS;
    return this.#guard(() => this.#pool.use((connection) => connection.query(sql, deadlineMs)));
  }

  async #guard<Result>(query: () => Promise<Result>): Promise<Result> {
    if (this.#breaker.isShutdown) {
      throw new ReplicationError('ERG_9001', 'the source database was closed');
    }
    if (this.#breaker.opened) {
      throw new ReplicationError('ERG_2101', 'the breaker of the source database is open');
    }
    return (await this.#breaker.fire(query)) as Result; // what the query gave
  }
}
