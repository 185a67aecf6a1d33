/** Cases as they stand in the state database, open and closed: what was reported, and what became of it. */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import type { DoneDamage } from './saboteur.ts';

export interface StoredCase {
  readonly id: number;
  /** The case before it of the same row, if there was one. */
  readonly previousId: number | null;
  /** Of the row: pipeline, shard, table and key. */
  readonly row: string;
  readonly kind: string;
  readonly state: string;
  readonly foundBy: string;
  readonly firstSeenMs: number;
  /** Null while it is open. */
  readonly closedMs: number | null;
  readonly isRepaired: boolean;
  /** Null while it is open. */
  readonly end: string | null;
  readonly columns: readonly string[];
  readonly reason: string | null;
}

const COLUMNS =
  'pipeline, shard, table_name, target_key, kind, state, found_by, first_seen_ms, repaired_ms, case_end, differing_columns, reason, previous_id';

/** By row; the newest last. A row that the saboteur did not touch has none, if nobody cries wolf. */
export async function readCases(state: Endpoint): Promise<ReadonlyMap<string, readonly StoredCase[]>> {
  const { host, port, user, password, database } = state;
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT id, ${COLUMNS}, NULL AS closed_ms FROM ergate_case UNION ALL SELECT id, ${COLUMNS}, closed_ms FROM ergate_case_history ORDER BY id`,
    );
    return Map.groupBy(rows.map(readCase), ({ row }) => row);
  } finally {
    await connection.end();
  }
}

/** Changes that are known to be unverified, as texts. */
export async function readRanges({ host, port, user, password, database }: Endpoint): Promise<readonly string[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT pipeline, partition_no, shard, table_name, from_offset, to_offset, reason FROM ergate_unverified_range',
    );
    return rows.map((row) => Object.values(row).join(' '));
  } finally {
    await connection.end();
  }
}

/** The same text for a row that was damaged. */
export function nameDamaged({ pipeline, shard, table, key }: DoneDamage): string {
  return nameRow(pipeline, shard, table, Object.values(key));
}

function readCase(row: RowDataPacket): StoredCase {
  const key = JSON.parse(String(row['target_key'])) as readonly (readonly [string, string])[];
  const texts = key.map(([, text]) => text);
  return {
    id: Number(row['id']),
    previousId: row['previous_id'] === null ? null : Number(row['previous_id']),
    row: nameRow(String(row['pipeline']), String(row['shard']), String(row['table_name']), texts),
    kind: String(row['kind']),
    state: String(row['state']),
    foundBy: String(row['found_by']),
    firstSeenMs: Number(row['first_seen_ms']),
    closedMs: row['closed_ms'] === null ? null : Number(row['closed_ms']),
    isRepaired: row['repaired_ms'] !== null,
    end: row['case_end'] === null ? null : String(row['case_end']),
    columns: JSON.parse(String(row['differing_columns'])) as readonly string[],
    reason: row['reason'] === null ? null : String(row['reason']),
  };
}

function nameRow(pipeline: string, shard: string, table: string, key: readonly string[]): string {
  return `${pipeline} ${shard}.${table} ${key.join(',')}`;
}
