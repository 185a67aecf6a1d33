import type { MysqlRow } from '../runtime/mysql-connection.ts';
import { CASE_COLUMN_NAMES, readBigint, writeCase } from './case-row.ts';
import type { NewCase } from './case-store.ts';
import type { Run, RunAction } from './run-store.ts';
import { textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc } from './state-session.ts';
import { chunkRows } from './statement-chunks.ts';
import { isAnyOf } from './write-cases.ts';

interface PlacedItem {
  readonly partition: number;
  readonly row: NewCase['row'];
  readonly action: RunAction;
}

const KINDS: Partial<Record<RunAction, NewCase['kind']>> = { insert: 'missing', delete: 'extra' };

/**
 * Puts an order of the run on the case of each of its next items. A row that has none gets one; one that has been closed
 * since the plan was made is done.
 *
 * @returns how many items were taken
 */
export async function placeItems(query: QueryFunc, run: Run, limit: number): Promise<number> {
  const rows = await query(`SELECT * FROM ergate_run_item WHERE run_id = ${run.id} AND item_no > ${run.placedItems}
    ORDER BY item_no LIMIT ${limit}`);
  const wanted = rows.filter((row) => row['action'] !== 'equal');
  const known = wanted.flatMap((row) => readBigint(row['case_id']) ?? []);
  const without = wanted.filter((row) => row['case_id'] === null).map(readItem);
  const opened = await openCases(query, run, without);
  const ids = [...known, ...opened];
  if (ids.length > 0) {
    await query(`INSERT INTO ergate_case_order (case_id, pipeline, partition_no, verb, reason, ordered_by, ordered_ms,
        run_id, may_delete)
      SELECT id, pipeline, partition_no, 'repair', ${textLiteral(run.reason ?? '')}, ${textLiteral(run.startedBy ?? '')},
        ${NOW_MS}, ${run.id}, ${run.mayDelete ? 1 : 0} FROM ergate_case WHERE id IN (${ids.join()}) ORDER BY id`);
  }
  return rows.length;
}

/** @returns the ids of the open cases of these rows, whoever has opened them */
async function openCases(query: QueryFunc, run: Run, items: readonly PlacedItem[]): Promise<readonly bigint[]> {
  if (items.length === 0) {
    return [];
  }
  const [clock] = await query(`SELECT ${NOW_MS} AS now_ms`);
  const nowMs = Number(clock?.['now_ms']);
  const values = items.map((item) => `(${[...writeCase(buildCase(run, item, nowMs)), 0].join()})`);
  for (const chunk of chunkRows(values)) {
    await query(`INSERT INTO ergate_case (${CASE_COLUMN_NAMES.join()}, rev) VALUES ${chunk}
      ON DUPLICATE KEY UPDATE rev = ergate_case.rev`);
  }
  const found = await query(`SELECT id FROM ergate_case
    WHERE pipeline = ${textLiteral(run.pipeline)} AND (${isAnyOf(items.map(({ row }) => row))})`);
  return found.map((row) => BigInt(String(row['id'])));
}

/** Due at once, so that it is looked at also when the run is paused; nothing tells of a place in the log. */
function buildCase(run: Run, { partition, row, action }: PlacedItem, nowMs: number): NewCase {
  return {
    pipeline: run.pipeline,
    partition,
    row,
    kind: KINDS[action] ?? 'different',
    state: 'waiting',
    columns: [],
    sourceDigest: null,
    targetDigest: null,
    topicEpoch: 0,
    offset: 0n,
    commitTimeMs: null,
    isOwnerUnknown: false,
    foundBy: 'operator',
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    confirmedMs: null,
    detections: 1,
    extraSinceMs: action === 'delete' ? nowMs : null,
    attempts: 0,
    lostRaces: 0,
    relapses: 0,
    clearedLooks: 0,
    ordered: null,
    dueMs: nowMs,
    outageId: null,
    runId: run.id,
    repairedMs: null,
    repairOffset: null,
    reason: null,
    end: null,
    previousId: null,
  };
}

function readItem(row: MysqlRow): PlacedItem {
  return {
    partition: Number(row['partition_no']),
    row: {
      table: String(row['table_name']),
      shard: String(row['shard']),
      rowKey: String(row['row_key']),
      // Written by writeItem.
      targetKey: JSON.parse(String(row['target_key'])),
      sourceKey: JSON.parse(String(row['source_key'])),
    },
    action: row['action'] as RunAction, // only actions are stored
  };
}
