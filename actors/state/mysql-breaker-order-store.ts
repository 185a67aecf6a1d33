import type { BreakerOrder, BreakerOrderStore } from '../breaker/breaker-order.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { cutMiddle } from './cut-middle.ts';
import { asStateError } from './state-errors.ts';
import { textLiteral } from './state-literal.ts';

const DEADLINE_MS = 5_000;
const MAX_REASON = 500;
const MAX_BY = 100;

export class MysqlBreakerOrderStore implements BreakerOrderStore {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  async add({ pipeline, shard, action, reason, by }: Parameters<BreakerOrderStore['add']>[0]): Promise<void> {
    const values = [pipeline, shard, action, cutMiddle(reason, MAX_REASON), cutMiddle(by, MAX_BY)].map(textLiteral);
    await this.#query(`INSERT INTO ergate_breaker_order (pipeline, shard, action, reason, ordered_by)
      VALUES (${values.join(', ')})`);
  }

  async list(): Promise<readonly BreakerOrder[]> {
    const rows = await this.#query(`SELECT id, pipeline, shard, action, reason, ordered_by,
        CAST(ordered_at AS CHAR) AS ordered_at
      FROM ergate_breaker_order
      WHERE id IN (SELECT MAX(id) FROM ergate_breaker_order GROUP BY pipeline, shard) ORDER BY id`);
    return rows.map(readOrder);
  }

  async #query(sql: string): Promise<readonly MysqlRow[]> {
    try {
      return await this.#pool.use((connection) => connection.query(sql, DEADLINE_MS));
    } catch (error) {
      throw asStateError(error);
    }
  }
}

function readOrder(row: MysqlRow): BreakerOrder {
  return {
    id: Number(row['id']),
    pipeline: String(row['pipeline']),
    shard: String(row['shard']),
    action: row['action'] === 'open' ? 'open' : 'close',
    reason: String(row['reason']),
    by: String(row['ordered_by']),
    at: String(row['ordered_at']),
  };
}
