import { textLiteral } from './state-literal.ts';
import type { QueryFunc } from './state-session.ts';

export interface DistinctColumn {
  readonly table: string;
  /** Begins with the columns of the condition, followed by the column. */
  readonly index: string;
  readonly column: string;
  readonly where: string;
}

/**
 * The values that there are, without NULL, in their order: a jump in the index for each. DISTINCT reads every row instead
 * when the server thinks little of jumping.
 */
export async function listDistinct(
  query: QueryFunc,
  { table, index, column, where }: DistinctColumn,
): Promise<string[]> {
  const values: string[] = [];
  for (;;) {
    const last = values.at(-1);
    const isNext = last === undefined ? `${column} IS NOT NULL` : `${column} > ${textLiteral(last)}`;
    const [row] = await query(`SELECT ${column} AS value FROM ${table} FORCE INDEX (${index})
      WHERE ${where} AND ${isNext} ORDER BY ${column} LIMIT 1`);
    if (row === undefined) {
      return values;
    }
    values.push(String(row['value']));
  }
}
