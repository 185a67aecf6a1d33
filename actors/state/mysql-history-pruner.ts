import type { MysqlPool } from '../runtime/mysql-pool.ts';
import type { HistoryPruner, PrunedCounts } from './history-pruner.ts';
import { NOW_MS, type QueryFunc, StateSession } from './state-session.ts';

/** Of a run that goes; each is a short row. */
const ITEMS_PER_STATEMENT = 10_000;

export class MysqlHistoryPruner implements HistoryPruner {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  async prune(keepMs: number, limit: number): Promise<PrunedCounts> {
    const cases = await this.#session.transaction((query) => pruneCases(query, keepMs, limit));
    const runs = await this.#pruneRuns(keepMs, limit);
    await this.#session.query(`DELETE FROM ergate_incident
      WHERE closed_ms < ${NOW_MS} - ${keepMs} ORDER BY id LIMIT ${limit}`);
    return { cases, runs };
  }

  /** The items first: a run that is left without some of them is over, and goes with the next call. */
  async #pruneRuns(keepMs: number, limit: number): Promise<number> {
    const isOld = (column: string) => `${column} < ${NOW_MS} - ${keepMs}`;
    // Nobody may have looked at a run since it came to its end, so that it is not marked.
    const rows = await this.#session.query(`SELECT id FROM ergate_run r
      WHERE (${isOld('ended_ms')} OR (state = 'planned' AND ${isOld('valid_until_ms')})
          OR (state = 'running' AND placed_items >= items AND ${isOld('started_ms')}))
        AND NOT EXISTS (SELECT 1 FROM ergate_case c WHERE c.run_id = r.id)
        AND NOT EXISTS (SELECT 1 FROM ergate_case_order o WHERE o.run_id = r.id AND o.settled_ms IS NULL)
      ORDER BY id LIMIT ${limit}`);
    for (const { id } of rows) {
      await this.#dropItems(Number(id));
      await this.#session.query(`DELETE FROM ergate_run WHERE id = ${Number(id)}`);
    }
    return rows.length;
  }

  async #dropItems(id: number): Promise<void> {
    const isOfRun = `run_id = ${id} ORDER BY item_no LIMIT ${ITEMS_PER_STATEMENT}`;
    for (;;) {
      const left = await this.#session.query(`SELECT 1 FROM ergate_run_item WHERE run_id = ${id} LIMIT 1`);
      if (left.length === 0) {
        return;
      }
      await this.#session.query(`DELETE FROM ergate_run_item WHERE ${isOfRun}`);
    }
  }
}

async function pruneCases(query: QueryFunc, keepMs: number, limit: number): Promise<number> {
  const rows = await query(`SELECT id FROM ergate_case_history WHERE closed_ms < ${NOW_MS} - ${keepMs}
    ORDER BY closed_ms LIMIT ${limit} FOR UPDATE`);
  const ids = rows.map(({ id }) => BigInt(String(id))).join();
  if (ids !== '') {
    await query(`DELETE FROM ergate_case_event WHERE case_id IN (${ids})`);
    await query(`DELETE FROM ergate_case_order WHERE case_id IN (${ids})`);
    await query(`DELETE FROM ergate_case_history WHERE id IN (${ids})`);
  }
  return rows.length;
}
