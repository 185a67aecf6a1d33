/** Rows of the tables of sweeps as the port has them. */
import { z } from 'zod';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import { SWEEP_STATES, type SweepRun, type SweepScope, type TableProgress } from './sweep-store.ts';

const cells = z.array(z.string()).optional();
const scopeSchema = z.strictObject({
  tables: cells,
  keys: z.strictObject({ from: cells, to: cells }).optional(),
  sinceMs: z.number().optional(),
});

export function readRun(row: MysqlRow, tables: readonly TableProgress[]): SweepRun {
  return {
    id: Number(row['id']),
    pipeline: String(row['pipeline']),
    origin: row['origin'] === 'order' ? 'order' : 'schedule',
    scope: readScope(String(row['scope'])),
    state: SWEEP_STATES.find((state) => state === row['state']) ?? 'failed',
    reason: readText(row['reason']),
    by: String(row['ordered_by']),
    orderedMs: Number(row['ordered_ms']),
    startedMs: readNumber(row['started_ms']),
    endedMs: readNumber(row['ended_ms']),
    tables,
  };
}

export function readTable(row: MysqlRow): TableProgress {
  const endedMs = readNumber(row['ended_ms']);
  return {
    table: String(row['table_name']),
    place: readText(row['place']),
    rows: Number(row['row_count']),
    targetRows: Number(row['target_row_count']),
    chunks: Number(row['chunk_count']),
    suspects: Number(row['suspect_count']),
    mismatches: Number(row['mismatch_count']),
    unjudged: Number(row['unjudged_count']),
    reason: readText(row['reason']),
    isEnded: endedMs !== null,
    endedMs,
  };
}

/** All of it or nothing: comparing less or more than was meant is worse than not at all. */
function readScope(text: string): SweepScope | undefined {
  return scopeSchema.safeParse(parseJson(text)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function readNumber(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
