import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { asStateError } from './state-errors.ts';

const DEADLINE_MS = 10_000;

/** @throws what the driver throws; whoever began the work makes a coded error of it */
export type QueryFunc = (sql: string) => Promise<readonly MysqlRow[]>;

/** Statements of one store. All reject with coded errors: ERG_5001 may be tried again, ERG_5002 needs a person. */
export class StateSession {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  query(sql: string): Promise<readonly MysqlRow[]> {
    return this.use((query) => query(sql));
  }

  /** Several statements on one connection. */
  async use<T>(work: (query: QueryFunc) => Promise<T>): Promise<T> {
    try {
      return await this.#pool.use((connection) => work((sql) => connection.query(sql, DEADLINE_MS)));
    } catch (error) {
      throw asStateError(error);
    }
  }

  /** The pool drops the connection when the work throws, and the server rolls back. */
  transaction<T>(work: (query: QueryFunc) => Promise<T>): Promise<T> {
    return this.use(async (query) => {
      await query('START TRANSACTION');
      const result = await work(query);
      await query('COMMIT');
      return result;
    });
  }
}

/** Wall ms by the clock of the database, which all processes share. */
export const NOW_MS = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)';

/** @returns how many rows the last statement changed */
export async function readChanged(query: QueryFunc): Promise<number> {
  const [row] = await query('SELECT ROW_COUNT() AS changed');
  return Number(row?.['changed']);
}
