import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import type { Case } from './case.ts';
import { readBigint, readCase, readNumber } from './case-row.ts';
import type {
  CaseCounts,
  CaseOrder,
  CaseOrderVerb,
  CasePlace,
  CaseRow,
  CaseShape,
  CaseStore,
  CaseWrite,
  FindingPlace,
  Incident,
  IncidentKind,
  StoppedCases,
} from './case-store.ts';
import { cutMiddle } from './cut-middle.ts';
import type { Finding } from './finding.ts';
import { listDistinct } from './list-distinct.ts';
import { isFinding, readFinding } from './read-finding.ts';
import { textLiteral } from './state-literal.ts';
import { NOW_MS, StateSession } from './state-session.ts';
import { countExcused, listStopped, surveyCases } from './survey-cases.ts';
import { holdPlace, isAnyOf, writeCases } from './write-cases.ts';

const DAY_MS = 24 * 3_600_000;
/** In one condition; each row is a range of the index. */
const MAX_ROWS = 500;
const MAX_NOTE_BYTES = 4_096;
const MAX_BY = 100;
/** Of the records of findings that are read at once: they may be larger than anything else here. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export class MysqlCaseStore implements CaseStore {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  /** The statement changes nothing for an older place; the row that is read after it tells whether it did. */
  async takePlace(place: CasePlace): Promise<void> {
    const { pipeline, partition, epoch } = place;
    await this.#session.use(async (query) => {
      await query(`INSERT INTO ergate_case_place (pipeline, partition_no, epoch)
        VALUES (${textLiteral(pipeline)}, ${partition}, ${epoch})
        ON DUPLICATE KEY UPDATE epoch = GREATEST(epoch, VALUES(epoch))`);
      await holdPlace(query, place);
    });
  }

  async findNewest(pipeline: string, rows: readonly CaseRow[]): Promise<readonly Case[]> {
    const found: Case[] = [];
    for (let start = 0; start < rows.length; start += MAX_ROWS) {
      found.push(...(await this.#findNewest(pipeline, rows.slice(start, start + MAX_ROWS))));
    }
    return found;
  }

  /** In one snapshot, or a case that is closed between the two questions would be missed. */
  #findNewest(pipeline: string, rows: readonly CaseRow[]): Promise<readonly Case[]> {
    const isIt = `pipeline = ${textLiteral(pipeline)} AND (${isAnyOf(rows)})`;
    return this.#session.use(async (query) => {
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
      const open = (await query(`SELECT * FROM ergate_case WHERE ${isIt}`)).map(readCase);
      const closed = await query(`SELECT * FROM ergate_case_history
        WHERE ${isIt} AND closed_ms > ${NOW_MS} - ${DAY_MS} ORDER BY id`);
      await query('COMMIT');
      const newest = new Map(closed.map(readCase).map((one) => [nameOf(one), one])); // the last of each row stays
      for (const one of open) {
        newest.set(nameOf(one), one);
      }
      return [...newest.values()];
    });
  }

  async getOpen(ids: readonly bigint[]): Promise<readonly Case[]> {
    return ids.length === 0 ? [] : this.#list(`SELECT * FROM ergate_case WHERE id IN (${ids.join()})`);
  }

  listDue(
    place: CasePlace,
    limit: number,
    byMs?: number,
  ): Promise<{ readonly nowMs: number; readonly cases: readonly Case[] }> {
    return this.#session.use(async (query) => {
      const [clock] = await query(`SELECT ${NOW_MS} AS now_ms`);
      const nowMs = Number(clock?.['now_ms']);
      const rows = await query(`SELECT * FROM ergate_case FORCE INDEX (due)
        WHERE ${isOf(place)} AND due_ms <= ${byMs ?? nowMs} ORDER BY due_ms LIMIT ${limit}`);
      return { nowMs, cases: rows.map(readCase) };
    });
  }

  listFarOff(place: CasePlace, afterMs: number, limit: number): Promise<readonly Case[]> {
    return this.#list(`SELECT * FROM ergate_case FORCE INDEX (due)
      WHERE ${isOf(place)} AND due_ms > ${afterMs} AND state <> 'suppressed' LIMIT ${limit}`);
  }

  listClaimed(place: CasePlace, afterId: bigint, limit: number): Promise<readonly Case[]> {
    return this.#list(`SELECT * FROM ergate_case FORCE INDEX (of_place)
      WHERE ${isOf(place)} AND state IN ('checking', 'repairing', 'reverifying') AND id > ${afterId}
      ORDER BY id LIMIT ${limit}`);
  }

  /** Shard by shard, as each has them in this order in the index: those of a shard that is left out cost nothing. */
  listHeld(place: CasePlace, exceptShards: readonly string[], limit: number): Promise<readonly Case[]> {
    const order = 'ORDER BY commit_ms, topic_epoch, offset_no'; // NULL first
    return this.#session.use(async (query) => {
      const isHeld = `${isOf(place)} AND state = 'held'`;
      const held = await listDistinct(query, {
        table: 'ergate_case',
        index: 'of_place',
        column: 'shard',
        where: isHeld,
      });
      const shards = held.filter((shard) => !exceptShards.includes(shard));
      const parts = shards.map(
        (shard) => `(SELECT * FROM ergate_case FORCE INDEX (of_place)
          WHERE ${isHeld} AND shard = ${textLiteral(shard)} ${order} LIMIT ${limit})`,
      );
      const found = parts.length === 0 ? [] : await query(`${parts.join(' UNION ALL ')} ${order} LIMIT ${limit}`);
      return found.map(readCase);
    });
  }

  count(place: CasePlace): Promise<CaseCounts> {
    return this.#session.use(async (query) => {
      const rows = await query(`SELECT state, COUNT(*) AS cases FROM ergate_case FORCE INDEX (of_place)
        WHERE ${isOf(place)} GROUP BY state`);
      const states = Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['cases'])]));
      const [oldest] =
        rows.length === 0
          ? []
          : await query(`SELECT first_seen_ms FROM ergate_case FORCE INDEX (seen)
              WHERE ${isOf(place)} ORDER BY first_seen_ms LIMIT 1`);
      return { states, oldestMs: readNumber(oldest?.['first_seen_ms']) ?? undefined };
    });
  }

  survey(pipeline: string, sinceMs: number): Promise<readonly CaseShape[]> {
    return this.#session.use((query) => surveyCases(query, pipeline, sinceMs));
  }

  countExcused(pipeline: string, table: string, sinceMs: number): Promise<number> {
    return this.#session.use((query) => countExcused(query, { pipeline, table, sinceMs }));
  }

  listStopped(place: CasePlace, stopped: StoppedCases): Promise<readonly Case[]> {
    return this.#session.use((query) => listStopped(query, place, stopped));
  }

  async countSteps(place: CasePlace, event: string, sinceMs: number): Promise<number> {
    const [row] = await this.#session.query(`SELECT COUNT(*) AS steps FROM ergate_case_event
      WHERE ${isOf(place)} AND event = ${textLiteral(event)} AND at_ms >= ${Math.round(sinceMs)}`);
    return Number(row?.['steps']);
  }

  async write(place: CasePlace, writes: readonly CaseWrite[]): Promise<readonly (Case | undefined)[]> {
    if (writes.length === 0) {
      return [];
    }
    return this.#session.transaction(async (query) => {
      await holdPlace(query, place);
      return writeCases(query, writes);
    });
  }

  /** Run by run, so that the many orders of one that is paused are not read to find the others. */
  async listOrders(place: CasePlace, limit: number): Promise<readonly CaseOrder[]> {
    const isOpen = `${isOf(place)} AND settled_ms IS NULL AND needs_second = 0`;
    return this.#session.use(async (query) => {
      const waiting = await listDistinct(query, {
        table: 'ergate_case_order',
        index: 'open',
        column: 'run_id',
        where: isOpen,
      });
      const ids = waiting.length === 0 ? '0' : waiting.join();
      const running = await query(`SELECT id FROM ergate_run WHERE id IN (${ids}) AND state = 'running'`);
      const owners = ['run_id IS NULL', ...running.map(({ id }) => `run_id = ${id}`)];
      const parts = owners.map(
        (isOfRun) => `(SELECT * FROM ergate_case_order FORCE INDEX (open)
          WHERE ${isOpen} AND ${isOfRun} ORDER BY id LIMIT ${limit})`,
      );
      const found = await query(`${parts.join(' UNION ALL ')} ORDER BY id LIMIT ${limit}`);
      return found.map(readOrder);
    });
  }

  async refuseOrder(place: CasePlace, orderId: bigint, reason: string): Promise<void> {
    await this.#session.transaction(async (query) => {
      await holdPlace(query, place);
      await query(`UPDATE ergate_case_order
        SET settled_ms = ${NOW_MS}, refusal = ${textLiteral(cutMiddle(reason, MAX_NOTE_BYTES))}
        WHERE id = ${orderId} AND settled_ms IS NULL`);
    });
  }

  async listFindings({ pipeline, partition }: CasePlace, limit: number): Promise<readonly Finding[]> {
    return this.#session.use(async (query) => {
      const rows = await query(`SELECT * FROM ergate_finding FORCE INDEX (without_case)
        WHERE pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition} AND case_id IS NULL
        ORDER BY found_at LIMIT ${limit}`);
      const findings: Finding[] = [];
      let bytes = 0;
      for (const row of rows) {
        const finding = await readFinding(query, row);
        bytes += (finding.recordKey?.length ?? 0) + (finding.recordValue?.length ?? 0);
        findings.push(finding);
        if (bytes > MAX_RECORD_BYTES) {
          break; // the others are still there
        }
      }
      return findings;
    });
  }

  findFinding(finding: FindingPlace): Promise<Finding | undefined> {
    return this.#session.use(async (query) => {
      const [row] = await query(`SELECT * FROM ergate_finding WHERE ${isFinding(finding)}`);
      return row === undefined ? undefined : readFinding(query, row);
    });
  }

  openIncident(place: CasePlace, incident: Pick<Incident, 'kind' | 'subject' | 'reason'>): Promise<bigint> {
    const { kind, subject, reason } = incident;
    const names = [textLiteral(place.pipeline), textLiteral(kind), textLiteral(subject)];
    return this.#session.transaction(async (query) => {
      await holdPlace(query, place);
      await query(`INSERT INTO ergate_incident (pipeline, kind, subject, reason, opened_ms)
        VALUES (${names.join()}, ${textLiteral(cutMiddle(reason, MAX_NOTE_BYTES))}, ${NOW_MS})
        ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)`);
      const [row] = await query('SELECT LAST_INSERT_ID() AS id');
      return BigInt(String(row?.['id']));
    });
  }

  async closeIncident(place: CasePlace, id: bigint, by: string): Promise<void> {
    await this.#session.transaction(async (query) => {
      await holdPlace(query, place);
      await query(`UPDATE ergate_incident SET is_open = NULL, closed_ms = ${NOW_MS},
          closed_by = ${textLiteral(cutMiddle(by, MAX_BY))}
        WHERE id = ${id} AND is_open = 1`);
    });
  }

  async listIncidents(pipeline: string, closedSinceMs: number): Promise<readonly Incident[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_incident
      WHERE pipeline = ${textLiteral(pipeline)} AND (closed_ms IS NULL OR closed_ms >= ${Math.round(closedSinceMs)})
      ORDER BY id`);
    return rows.map(readIncident);
  }

  async #list(sql: string): Promise<readonly Case[]> {
    return (await this.#session.query(sql)).map(readCase);
  }
}

function isOf({ pipeline, partition }: CasePlace): string {
  return `pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition}`;
}

function nameOf({ row }: Case): string {
  return JSON.stringify([row.table, row.shard, row.rowKey]);
}

export function readOrder(row: MysqlRow): CaseOrder {
  return {
    id: BigInt(String(row['id'])),
    caseId: BigInt(String(row['case_id'])),
    verb: row['verb'] as CaseOrderVerb, // only verbs are stored
    reason: String(row['reason']),
    by: String(row['ordered_by']),
    runId: readBigint(row['run_id']),
    mayDelete: Number(row['may_delete']) === 1,
    untilMs: readNumber(row['until_ms']),
  };
}

export function readIncident(row: MysqlRow): Incident {
  return {
    id: BigInt(String(row['id'])),
    kind: row['kind'] as IncidentKind, // only kinds are stored
    subject: String(row['subject']),
    reason: String(row['reason']),
    openedMs: Number(row['opened_ms']),
    closedMs: readNumber(row['closed_ms']),
  };
}
