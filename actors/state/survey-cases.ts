/** What tells of the tables of a pipeline whether their automatic repair is to be stopped, and what such a stop keeps back. */
import type { Case, CaseState } from './case.ts';
import { readCase } from './case-row.ts';
import type { CasePlace, CaseShape, StoppedCases } from './case-store.ts';
import { textLiteral } from './state-literal.ts';
import type { QueryFunc } from './state-session.ts';

/** In which a record that could not be applied is read again without an order. */
const READ_AGAIN: readonly CaseState[] = ['waiting', 'checking', 'retryWait', 'held'];

export async function surveyCases(query: QueryFunc, pipeline: string, sinceMs: number): Promise<readonly CaseShape[]> {
  const rows = await query(`SELECT table_name, differing_columns, COUNT(*) AS cases
    FROM ergate_case FORCE INDEX (confirmed)
    WHERE pipeline = ${textLiteral(pipeline)} AND confirmed_ms >= ${Math.round(sinceMs)}
      AND found_by IN ('verifier', 'sweeper')
    GROUP BY table_name, differing_columns`);
  return rows.map((row) => ({
    table: String(row['table_name']),
    columns: JSON.parse(String(row['differing_columns'])) as string[], // written by writeCase
    cases: Number(row['cases']),
  }));
}

export async function countUnapplied(query: QueryFunc, pipeline: string, table: string): Promise<number> {
  const isOfTable = `pipeline = ${textLiteral(pipeline)} AND table_name = ${textLiteral(table)}`;
  const [cases] = await query(`SELECT COUNT(*) AS changes FROM ergate_case FORCE INDEX (by_table)
    WHERE ${isOfTable} AND kind = 'opaque' AND state IN (${READ_AGAIN.map(textLiteral).join()})`);
  const [findings] = await query(`SELECT COUNT(*) AS changes FROM ergate_finding FORCE INDEX (of_table)
    WHERE ${isOfTable} AND case_id IS NULL AND stage <> 'decode'`);
  return Number(cases?.['changes']) + Number(findings?.['changes']);
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
