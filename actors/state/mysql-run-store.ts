import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { isSamePerson } from './case-desk.ts';
import { readNumber, readText } from './case-row.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { placeItems } from './place-items.ts';
import {
  MAX_ROWS_ALONE,
  type NewPlan,
  PLAN_VALID_MS,
  type Run,
  type RunItem,
  type RunProgress,
  type RunStart,
  type RunState,
  type RunStore,
  type StartOutcome,
  UNDER_WAY_STATES,
} from './run-store.ts';
import { textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, readChanged, StateSession } from './state-session.ts';
import { chunkRows } from './statement-chunks.ts';

const MAX_BY = 100;
const MAX_REASON = 500;
const MAX_SELECTION_BYTES = 4_096;
const ORDERS_PER_STATEMENT = 10_000;
const MOVES: Readonly<Record<string, readonly RunState[]>> = {
  running: ['paused'],
  paused: ['running'],
  stopped: ['running', 'paused'],
};

export class MysqlRunStore implements RunStore {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  addPlan(plan: NewPlan): Promise<Run> {
    const { pipeline, selection, by, lookedAt, items } = plan;
    return this.#session.transaction(async (query) => {
      await query(`INSERT INTO ergate_run (pipeline, state, selection, looked_at, items, planned_by, planned_ms, valid_until_ms)
        VALUES (${textLiteral(pipeline)}, 'planned', ${textLiteral(cutMiddle(selection, MAX_SELECTION_BYTES))}, ${lookedAt},
          ${items.length}, ${textLiteral(cutMiddle(by, MAX_BY))}, ${NOW_MS}, ${NOW_MS} + ${PLAN_VALID_MS})`);
      const [row] = await query('SELECT LAST_INSERT_ID() AS id');
      const id = BigInt(String(row?.['id']));
      for (const chunk of chunkRows(items.map((item, index) => writeItem(id, index + 1, item)))) {
        await query(`INSERT INTO ergate_run_item (run_id, item_no, partition_no, table_name, shard, row_key, target_key,
          source_key, case_id, action) VALUES ${chunk}`);
      }
      const run = await findRun(query, id);
      await appendAudit(query, {
        actor: by,
        action: 'recover plan',
        object: `run ${id}`,
        reason: '',
        detail: { pipeline, selection, items: items.length, lookedAt },
      });
      return run as Run; // added above
    });
  }

  start(id: bigint, start: RunStart): Promise<StartOutcome> {
    return this.#session.transaction(async (query) => {
      const run = await findRun(query, id, 'FOR UPDATE');
      const outcome = run === undefined ? 'unknown' : await judgeStart(query, run, start);
      if (outcome !== 'started') {
        return outcome;
      }
      const { by, reason, mayDelete } = start;
      await query(`UPDATE ergate_run SET state = 'running', started_by = ${textLiteral(cutMiddle(by, MAX_BY))},
          started_ms = ${NOW_MS}, reason = ${textLiteral(cutMiddle(reason, MAX_REASON))}, may_delete = ${mayDelete ? 1 : 0}
        WHERE id = ${id}`);
      await appendAudit(query, {
        actor: by,
        action: 'recover run',
        object: `run ${id}`,
        reason,
        detail: { mayDelete },
      });
      return outcome;
    });
  }

  placeItems(id: bigint, limit: number): Promise<number> {
    return this.#session.transaction(async (query) => {
      const run = await findRun(query, id, 'FOR UPDATE');
      if (run === undefined || run.state !== 'running') {
        return 0;
      }
      const taken = await placeItems(query, run, limit);
      await query(`UPDATE ergate_run SET placed_items = placed_items + ${taken} WHERE id = ${id}`);
      return run.items - run.placedItems - taken;
    });
  }

  async move(
    id: bigint,
    to: 'running' | 'paused' | 'stopped',
    { by, reason }: { readonly by: string; readonly reason: string },
  ): Promise<boolean> {
    const isMoved = await this.#session.transaction(async (query) => {
      const run = await findRun(query, id, 'FOR UPDATE');
      if (run === undefined || !MOVES[to]?.includes(run.state)) {
        return false;
      }
      const ended = to === 'stopped' ? `, ended_ms = ${NOW_MS}` : '';
      await query(`UPDATE ergate_run SET state = '${to}'${ended} WHERE id = ${id}`);
      const verb = to === 'running' ? 'resume' : to === 'paused' ? 'pause' : 'stop';
      await appendAudit(query, { actor: by, action: `recover ${verb}`, object: `run ${id}`, reason, detail: {} });
      return true;
    });
    if (isMoved && to === 'stopped') {
      await this.#dropOrders(id);
    }
    return isMoved;
  }

  find(id: bigint): Promise<Run | undefined> {
    return this.#session.use((query) => findRun(query, id));
  }

  progress(id: bigint): Promise<RunProgress | undefined> {
    return this.#session.use(async (query) => {
      const run = await findRun(query, id);
      if (run === undefined) {
        return undefined;
      }
      const actions = await count(query, 'action', `ergate_run_item WHERE run_id = ${id} GROUP BY action`);
      const kind = `IF(settled_ms IS NULL, 'open', IF(refusal IS NULL, 'done', 'refused'))`;
      const orders = await count(query, kind, `ergate_case_order WHERE run_id = ${id} GROUP BY ${kind}`);
      const open = await count(query, 'state', `ergate_case WHERE run_id = ${id} GROUP BY state`);
      const closed = await count(query, 'case_end', `ergate_case_history WHERE run_id = ${id} GROUP BY case_end`);
      const progress: RunProgress = { run, actions, orders: { open: 0, done: 0, refused: 0, ...orders }, open, closed };
      if (!isDone(progress)) {
        return progress;
      }
      await query(`UPDATE ergate_run SET state = 'ended', ended_ms = ${NOW_MS} WHERE id = ${id} AND state = 'running'`);
      return { ...progress, run: (await findRun(query, id)) ?? run };
    });
  }

  async list(pipelines: readonly string[], limit: number): Promise<readonly Run[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_run
      WHERE pipeline IN (${pipelines.map(textLiteral).join()}) ORDER BY id DESC LIMIT ${limit}`);
    return rows.map(readRun);
  }

  /** Nobody takes orders of a run that is stopped; this only says so in their rows. */
  async #dropOrders(id: bigint): Promise<void> {
    let changed = ORDERS_PER_STATEMENT;
    while (changed === ORDERS_PER_STATEMENT) {
      changed = await this.#session.use(async (query) => {
        await query(`UPDATE ergate_case_order SET settled_ms = ${NOW_MS}, refusal = 'the run was stopped'
          WHERE run_id = ${id} AND settled_ms IS NULL LIMIT ${ORDERS_PER_STATEMENT}`);
        return readChanged(query);
      });
    }
  }
}

async function judgeStart(query: QueryFunc, run: Run, { by, mayDelete }: RunStart): Promise<StartOutcome> {
  if (run.state !== 'planned') {
    return 'not-planned';
  }
  const [row] = await query(
    `SELECT COUNT(*) AS writes FROM ergate_run_item WHERE run_id = ${run.id} AND action <> 'equal'`,
  );
  const writes = Number(row?.['writes']);
  if (writes === 0) {
    return 'empty';
  }
  const [clock] = await query(`SELECT ${NOW_MS} AS now_ms`);
  if (Number(clock?.['now_ms']) > run.validUntilMs) {
    return 'expired';
  }
  const needsSecond = mayDelete || writes > MAX_ROWS_ALONE;
  return needsSecond && isSamePerson(run.plannedBy, by) ? 'same-person' : 'started';
}

function isDone({ run, orders, open }: RunProgress): boolean {
  const underWay = UNDER_WAY_STATES.some((state) => open[state] !== undefined);
  return run.state === 'running' && run.placedItems >= run.items && orders.open === 0 && !underWay;
}

async function count(query: QueryFunc, what: string, from: string): Promise<Record<string, number>> {
  const rows = await query(`SELECT ${what} AS name, COUNT(*) AS found FROM ${from}`);
  return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['found'])]));
}

async function findRun(query: QueryFunc, id: bigint, lock = ''): Promise<Run | undefined> {
  const [row] = await query(`SELECT * FROM ergate_run WHERE id = ${id} ${lock}`);
  return row === undefined ? undefined : readRun(row);
}

function writeItem(runId: bigint, itemNo: number, { partition, row, caseId, action }: RunItem): string {
  const texts = [row.table, row.shard, row.rowKey, JSON.stringify(row.targetKey), JSON.stringify(row.sourceKey)];
  const values = [runId, itemNo, partition, ...texts.map(textLiteral), caseId ?? 'NULL', textLiteral(action)];
  return `(${values.join()})`;
}

function readRun(row: MysqlRow): Run {
  return {
    id: BigInt(String(row['id'])),
    pipeline: String(row['pipeline']),
    state: row['state'] as RunState, // only states are stored
    selection: String(row['selection']),
    items: Number(row['items']),
    lookedAt: Number(row['looked_at']),
    plannedBy: String(row['planned_by']),
    plannedMs: Number(row['planned_ms']),
    validUntilMs: Number(row['valid_until_ms']),
    startedBy: readText(row['started_by']),
    startedMs: readNumber(row['started_ms']),
    mayDelete: Number(row['may_delete']) === 1,
    reason: readText(row['reason']),
    placedItems: Number(row['placed_items']),
    endedMs: readNumber(row['ended_ms']),
  };
}
