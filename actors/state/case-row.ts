/** A case as the columns of its tables hold it. */
import { createHash } from 'node:crypto';
import type { KeyCell } from '../../protocol/verify/row-name.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { Case, CaseEnd, CaseKind, CaseState } from './case.ts';
import type { CaseRow, NewCase } from './case-store.ts';
import { cutMiddle } from './cut-middle.ts';
import { textLiteral } from './state-literal.ts';

const MAX_REASON_BYTES = 4_096;

/** In the order of writeCase, without id and rev. */
export const CASE_COLUMN_NAMES = [
  'pipeline',
  'partition_no',
  'table_name',
  'shard',
  'key_sha256',
  'row_key',
  'target_key',
  'source_key',
  'kind',
  'state',
  'differing_columns',
  'source_digest',
  'target_digest',
  'topic_epoch',
  'offset_no',
  'commit_ms',
  'is_owner_unknown',
  'found_by',
  'first_seen_ms',
  'last_seen_ms',
  'confirmed_ms',
  'detections',
  'extra_since_ms',
  'attempts',
  'lost_races',
  'relapses',
  'cleared_looks',
  'ordered',
  'due_ms',
  'outage_id',
  'run_id',
  'repaired_ms',
  'repair_offset',
  'reason',
  'case_end',
] as const;

/** Those that name the row never change; a row may move to another partition. */
export const CHANGING_COLUMNS = ['partition_no', ...CASE_COLUMN_NAMES.slice(CASE_COLUMN_NAMES.indexOf('kind'))];

/** Literals, one per column name. */
export function writeCase(one: Case | NewCase): readonly string[] {
  const { row } = one;
  return [
    textLiteral(one.pipeline),
    String(one.partition),
    ...writeRow(row),
    textLiteral(row.rowKey),
    textLiteral(JSON.stringify(row.targetKey)),
    textLiteral(JSON.stringify(row.sourceKey)),
    textLiteral(one.kind),
    textLiteral(one.state),
    textLiteral(JSON.stringify(one.columns)),
    text(one.sourceDigest),
    text(one.targetDigest),
    String(one.topicEpoch),
    String(one.offset),
    number(one.commitTimeMs),
    one.isOwnerUnknown ? '1' : '0',
    textLiteral(one.foundBy),
    number(one.firstSeenMs),
    number(one.lastSeenMs),
    number(one.confirmedMs),
    String(one.detections),
    number(one.extraSinceMs),
    String(one.attempts),
    String(one.lostRaces),
    String(one.relapses),
    String(one.clearedLooks),
    text(one.ordered),
    number(one.dueMs),
    number(one.outageId),
    number(one.runId),
    number(one.repairedMs),
    number(one.repairOffset),
    text(one.reason === null ? null : cutMiddle(one.reason, MAX_REASON_BYTES)),
    text(one.end),
  ];
}

/** Literals of table_name, shard and key_sha256. */
export function writeRow({ table, shard, rowKey }: CaseRow): readonly string[] {
  return [textLiteral(table), textLiteral(shard), `x'${hashKey(rowKey)}'`];
}

export function hashKey(rowKey: string): string {
  return createHash('sha256').update(rowKey.toWellFormed(), 'utf8').digest('hex');
}

export function readCase(row: MysqlRow): Case {
  return {
    id: BigInt(String(row['id'])),
    pipeline: String(row['pipeline']),
    partition: Number(row['partition_no']),
    row: {
      table: String(row['table_name']),
      shard: String(row['shard']),
      rowKey: String(row['row_key']),
      targetKey: readJson<KeyCell[]>(row['target_key']),
      sourceKey: readJson<KeyCell[]>(row['source_key']),
    },
    // The casts of words: only ours are stored; those of another version are shown as they are.
    kind: row['kind'] as CaseKind,
    state: row['state'] as CaseState,
    rev: Number(row['rev']),
    columns: readJson<string[]>(row['differing_columns']),
    sourceDigest: readText(row['source_digest']),
    targetDigest: readText(row['target_digest']),
    topicEpoch: Number(row['topic_epoch']),
    offset: BigInt(String(row['offset_no'])),
    commitTimeMs: readNumber(row['commit_ms']),
    isOwnerUnknown: Number(row['is_owner_unknown']) === 1,
    foundBy: row['found_by'] as Case['foundBy'],
    firstSeenMs: Number(row['first_seen_ms']),
    lastSeenMs: Number(row['last_seen_ms']),
    confirmedMs: readNumber(row['confirmed_ms']),
    detections: Number(row['detections']),
    extraSinceMs: readNumber(row['extra_since_ms']),
    attempts: Number(row['attempts']),
    lostRaces: Number(row['lost_races']),
    relapses: Number(row['relapses']),
    clearedLooks: Number(row['cleared_looks']),
    ordered: row['ordered'] as Case['ordered'],
    dueMs: readNumber(row['due_ms']),
    outageId: readBigint(row['outage_id']),
    runId: readBigint(row['run_id']),
    repairedMs: readNumber(row['repaired_ms']),
    repairOffset: readBigint(row['repair_offset']),
    reason: readText(row['reason']),
    end: row['case_end'] as CaseEnd | null,
  };
}

function text(value: string | null): string {
  return value === null ? 'NULL' : textLiteral(value);
}

function number(value: number | bigint | null): string {
  return value === null ? 'NULL' : String(typeof value === 'number' ? Math.round(value) : value);
}

export function readText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function readNumber(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function readBigint(value: unknown): bigint | null {
  return value === null || value === undefined ? null : BigInt(String(value));
}

/** What our own JSON.stringify wrote. */
function readJson<T>(value: unknown): T {
  return JSON.parse(String(value)) as T;
}
