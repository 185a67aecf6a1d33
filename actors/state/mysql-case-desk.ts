import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { buildCaseList, buildFirstId } from './build-case-list.ts';
import type { Case, CaseState } from './case.ts';
import {
  type CaseDesk,
  type CaseFile,
  type CaseFilter,
  type CasePage,
  isSamePerson,
  type NewOrder,
  type OrderOutcome,
  type PastOrder,
  type PastStep,
  type PipelineIncident,
} from './case-desk.ts';
import { readBigint, readCase, readNumber, readText } from './case-row.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { readIncident, readOrder } from './mysql-case-store.ts';
import { textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, readChanged, StateSession } from './state-session.ts';

const MAX_BY = 100;
const MAX_REASON = 500;

export class MysqlCaseDesk implements CaseDesk {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  list(filter: CaseFilter, page: CasePage): Promise<readonly Case[]> {
    const { pipelines, sinceMs, state } = filter;
    return this.#session.use(async (query) => {
      let fromId: bigint | undefined;
      if (sinceMs !== undefined && state !== 'closed') {
        const [row] = await query(buildFirstId(pipelines, sinceMs));
        const firstId = readBigint(row?.['first_id']);
        if (firstId === null) {
          return [];
        }
        fromId = firstId;
      }
      return (await query(buildCaseList(filter, { ...page, fromId }))).map(readCase);
    });
  }

  find(id: bigint, maxSteps: number): Promise<CaseFile | undefined> {
    return this.#session.use(async (query) => {
      const row = await findRow(query, id);
      if (row === undefined) {
        return undefined;
      }
      const steps = await query(
        `SELECT * FROM ergate_case_event WHERE case_id = ${id} ORDER BY id DESC LIMIT ${maxSteps}`,
      );
      const orders = await query(`SELECT * FROM ergate_case_order WHERE case_id = ${id} ORDER BY id`);
      return {
        case: readCase(row),
        closedMs: readNumber(row['closed_ms']),
        previousId: readBigint(row['previous_id']),
        steps: steps.map(readStep).reverse(),
        orders: orders.map(readPastOrder),
      };
    });
  }

  order(order: NewOrder): Promise<OrderOutcome> {
    return this.#session.transaction(async (query) => {
      const [row] = await query(`SELECT * FROM ergate_case WHERE id = ${order.caseId} FOR UPDATE`);
      if (row === undefined) {
        return (await findRow(query, order.caseId)) === undefined ? 'unknown' : 'closed';
      }
      const outcome = await leaveOrder(query, readCase(row), order);
      if (outcome === 'same-person') {
        return outcome;
      }
      await appendAudit(query, {
        actor: order.by,
        action: `case ${order.verb}`,
        object: `case ${order.caseId}`,
        reason: order.reason,
        detail: { outcome, untilMs: order.untilMs },
      });
      return outcome;
    });
  }

  async listIncidents(pipelines: readonly string[], limit: number): Promise<readonly PipelineIncident[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_incident
      WHERE pipeline IN (${pipelines.map(textLiteral).join()}) ORDER BY is_open DESC, id DESC LIMIT ${limit}`);
    return rows.map((row) => ({
      ...readIncident(row),
      pipeline: String(row['pipeline']),
      closedBy: readText(row['closed_by']),
    }));
  }

  closeIncident(id: bigint, { by, reason }: { readonly by: string; readonly reason: string }): Promise<boolean> {
    return this.#session.transaction(async (query) => {
      await query(`UPDATE ergate_incident SET is_open = NULL, closed_ms = ${NOW_MS},
          closed_by = ${textLiteral(cutMiddle(by, MAX_BY))}
        WHERE id = ${id} AND is_open = 1`);
      const isClosed = (await readChanged(query)) === 1;
      if (isClosed) {
        await appendAudit(query, { actor: by, action: 'incident close', object: `incident ${id}`, reason, detail: {} });
      }
      return isClosed;
    });
  }
}

async function findRow(query: QueryFunc, id: bigint): Promise<MysqlRow | undefined> {
  const [open] = await query(`SELECT *, NULL AS closed_ms FROM ergate_case WHERE id = ${id}`);
  const [row] = open === undefined ? await query(`SELECT * FROM ergate_case_history WHERE id = ${id}`) : [open];
  return row;
}

/**
 * Closing a wrong row for good takes two persons: the first stops its repair, the second closes it.
 */
async function leaveOrder(query: QueryFunc, one: Case, order: NewOrder): Promise<OrderOutcome> {
  if (order.verb !== 'abandon') {
    await insertOrder(query, one, { ...order, needsSecond: false });
    return 'given';
  }
  const [first] = await query(`SELECT id, ordered_by FROM ergate_case_order
    WHERE case_id = ${one.id} AND verb = 'abandon' AND needs_second = 1 AND settled_ms IS NULL`);
  if (first === undefined) {
    if (one.state !== 'quarantined') {
      await insertOrder(query, one, { ...order, needsSecond: false });
    }
    await insertOrder(query, one, { ...order, needsSecond: true });
    return 'needs-second';
  }
  if (isSamePerson(String(first['ordered_by']), order.by)) {
    return 'same-person';
  }
  await query(`UPDATE ergate_case_order
    SET needs_second = 0, seconded_by = ${textLiteral(cutMiddle(order.by, MAX_BY))} WHERE id = ${first['id']}`);
  return 'given';
}

async function insertOrder(query: QueryFunc, one: Case, order: NewOrder & { needsSecond: boolean }): Promise<void> {
  const values = [
    one.id,
    textLiteral(one.pipeline),
    one.partition,
    textLiteral(order.verb),
    textLiteral(cutMiddle(order.reason, MAX_REASON)),
    textLiteral(cutMiddle(order.by, MAX_BY)),
    NOW_MS,
    order.needsSecond ? 1 : 0,
    order.untilMs === null ? 'NULL' : Math.round(order.untilMs),
  ];
  await query(`INSERT INTO ergate_case_order (case_id, pipeline, partition_no, verb, reason, ordered_by, ordered_ms,
    needs_second, until_ms) VALUES (${values.join()})`);
}

function readStep(row: MysqlRow): PastStep {
  return {
    atMs: Number(row['at_ms']),
    event: String(row['event']),
    // The casts of words: only ours are stored; those of another version are shown as they are.
    from: row['from_state'] as CaseState | null,
    to: row['to_state'] as CaseState,
    by: String(row['done_by']),
    note: String(row['note']),
    before: row['before_image'] === null ? undefined : JSON.parse(String(row['before_image'])),
  };
}

function readPastOrder(row: MysqlRow): PastOrder {
  return {
    ...readOrder(row),
    orderedMs: Number(row['ordered_ms']),
    needsSecond: Number(row['needs_second']) === 1,
    secondedBy: readText(row['seconded_by']),
    settledMs: readNumber(row['settled_ms']),
    refusal: readText(row['refusal']),
  };
}
