/** What tells of the tables of a pipeline whether their automatic repair is to be stopped, and what such a stop keeps back. */
import type { Case, CaseState } from './case.ts';
import { readCase } from './case-row.ts';
import type { CasePlace, CaseShape, StoppedCases } from './case-store.ts';
import { textLiteral } from './state-literal.ts';
import type { QueryFunc } from './state-session.ts';

/** In which a record that could not be applied is read again without an order. */
const READ_AGAIN: readonly CaseState[] = ['waiting', 'checking', 'retryWait', 'held'];

const isSurveyed = (pipeline: string, sinceMs: number) => `pipeline = ${textLiteral(pipeline)}
  AND confirmed_ms >= ${Math.round(sinceMs)} AND found_by IN ('verifier', 'sweeper')`;

export async function surveyCases(query: QueryFunc, pipeline: string, sinceMs: number): Promise<readonly CaseShape[]> {
  const rows = await query(`SELECT table_name, differing_columns, COUNT(*) AS cases
    FROM ergate_case FORCE INDEX (confirmed) WHERE ${isSurveyed(pipeline, sinceMs)}
    GROUP BY table_name, differing_columns`);
  return rows.map((row) => ({
    table: String(row['table_name']),
    columns: JSON.parse(String(row['differing_columns'])) as string[], // written by writeCase
    cases: Number(row['cases']),
  }));
}

/**
 * A change that was read again at a time excuses rows that were proven from then on. So of the rows that were proven by a time at
 * least as many are without excuse as are more than the changes that were read by then; the time at which these are most tells.
 */
export async function countExcused(
  query: QueryFunc,
  { pipeline, table, sinceMs }: { readonly pipeline: string; readonly table: string; readonly sinceMs: number },
): Promise<number> {
  const isOfTable = `pipeline = ${textLiteral(pipeline)} AND table_name = ${textLiteral(table)}`;
  const [found] = await query(`SELECT SUM(proven) AS proven, GREATEST(MAX(unexcused), 0) AS unexcused FROM (
    SELECT SUM(proven) AS proven, SUM(SUM(proven - changes)) OVER (ORDER BY at_ms) AS unexcused FROM (
      SELECT confirmed_ms AS at_ms, 1 AS proven, 0 AS changes FROM ergate_case FORCE INDEX (confirmed)
      WHERE ${isSurveyed(pipeline, sinceMs)} AND table_name = ${textLiteral(table)}
      UNION ALL
      SELECT IF(last_seen_ms > first_seen_ms, last_seen_ms, 0), 0, 1 FROM ergate_case FORCE INDEX (by_table)
      WHERE ${isOfTable} AND kind = 'opaque' AND state IN (${READ_AGAIN.map(textLiteral).join()})
      UNION ALL
      SELECT 0, 0, COUNT(*) FROM ergate_finding FORCE INDEX (of_table)
      WHERE ${isOfTable} AND case_id IS NULL AND stage <> 'decode'
    ) AS times GROUP BY at_ms
  ) AS sums`);
  return Number(found?.['proven']) - Number(found?.['unexcused']);
}

export async function listStopped(
  query: QueryFunc,
  { pipeline, partition }: CasePlace,
  { table, afterMs, limit }: StoppedCases,
): Promise<readonly Case[]> {
  const rows = await query(`SELECT * FROM ergate_case FORCE INDEX (by_table)
    WHERE pipeline = ${textLiteral(pipeline)} AND table_name = ${textLiteral(table)} AND state = 'retryWait'
      AND partition_no = ${partition} AND due_ms > ${Math.round(afterMs)} AND reason LIKE 'ERG_5103%'
    LIMIT ${limit}`);
  return rows.map(readCase);
}
