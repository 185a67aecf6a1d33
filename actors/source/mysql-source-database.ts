/**
 * One source database for look-ups: a small pool, so that a slow source holds few connections, and one circuit breaker.
 * After half of at least five queries within ten seconds failed, queries are refused at once for five seconds; then one
 * is let through to see. The source is somebody's production: a look-up must never pile up on it.
 */
import CircuitBreaker from 'opossum';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlRow, MysqlServer } from '../runtime/mysql-connection.ts';
import { MysqlPool } from '../runtime/mysql-pool.ts';
import { isMysqlRefusal } from '../runtime/mysql-refusal.ts';
import { MysqlSourceLookup } from './mysql-source-lookup.ts';
import { getResolver } from './resolvers/get-resolver.ts';
import type { SourceLookup } from './source-lookup.ts';

export interface SourceDatabaseOptions {
  readonly server: MysqlServer;
  /** For one query, ms; the connection is destroyed when it passes. */
  readonly queryDeadlineMs?: number;
  /** How long the breaker stays open, ms. */
  readonly openForMs?: number;
}

const MAX_CONNECTIONS = 4;
const QUERY_DEADLINE_MS = 2_000;
const OPEN_FOR_MS = 5_000;
const COUNTED_MS = 10_000;
const MIN_QUERIES = 5;
const FAILED_PERCENT = 50;

export class MysqlSourceDatabase {
  readonly #pool: MysqlPool;
  readonly #breaker: CircuitBreaker<[string], readonly MysqlRow[]>;

  constructor(options: SourceDatabaseOptions) {
    const deadlineMs = options.queryDeadlineMs ?? QUERY_DEADLINE_MS;
    this.#pool = new MysqlPool({
      server: options.server,
      maxConnections: MAX_CONNECTIONS,
      openDeadlineMs: deadlineMs,
    });
    this.#breaker = new CircuitBreaker((sql) => this.#pool.use((connection) => connection.query(sql, deadlineMs)), {
      timeout: false, // the connection has the deadline, and is destroyed by it; a second timer could only disagree
      errorThresholdPercentage: FAILED_PERCENT,
      volumeThreshold: MIN_QUERIES,
      rollingCountTimeout: COUNTED_MS,
      resetTimeout: options.openForMs ?? OPEN_FOR_MS,
      errorFilter: isMysqlRefusal, // the server is well: a right or a table is missing
    });
  }

  get isOpen(): boolean {
    return this.#breaker.opened;
  }

  /** @throws ReplicationError ERG_2102 when there is no such resolver. */
  lookup(resolver: string): SourceLookup {
    return new MysqlSourceLookup({ name: resolver, resolver: getResolver(resolver), query: (sql) => this.#query(sql) });
  }

  /** Idempotent; look-ups under way and later ones reject with ERG_9001. */
  close(): void {
    this.#breaker.shutdown();
    this.#pool.close();
  }

  async #query(sql: string): Promise<readonly MysqlRow[]> {
    if (this.#breaker.isShutdown) {
      throw new ReplicationError('ERG_9001', 'the source database was closed');
    }
    if (this.#breaker.opened) {
      throw new ReplicationError('ERG_2101', 'the breaker of the source database is open');
    }
    return this.#breaker.fire(sql);
  }
}
