import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { type Evidence, FINDERS, MISMATCH_KINDS, type Mismatch } from '../verify/mismatch.ts';
import type { KeyCell, RowName } from '../verify/row-name.ts';
import {
  asText,
  type Fields,
  readDecimal,
  readFields,
  readInteger,
  readList,
  readMark,
  readNullableText,
  readText,
  readWord,
  unreadable,
} from './read-fields.ts';
import { type ClearedRow, type FindingReport, REPAIR_OUTCOMES, type RepairAnswer } from './recovery-message.ts';

const MAX_PARTITION = 1_000_000;
const MAX_TOPIC_EPOCH = 65_535;

/** @throws ReplicationError ERG_6103 */
export function readFindingReport(body: unknown): FindingReport {
  const fields = readFields(body, 'a finding report');
  return {
    mismatches: readList(fields, 'mismatches', readMismatch),
    cleared: readList(fields, 'cleared', readCleared),
  };
}

/** @throws ReplicationError ERG_6103 */
export function readRepairAnswer(body: unknown): RepairAnswer {
  const fields = readFields(body, 'the answer to a repair');
  return {
    outcome: readWord(fields, 'outcome', REPAIR_OUTCOMES),
    code: readCode(fields),
    message: readText(fields, 'message'),
    columns: readList(fields, 'columns', asText),
    targetDigest: readNullableText(fields, 'targetDigest'),
    sourceDigest: readNullableText(fields, 'sourceDigest'),
    before: readBefore(fields['before']),
    seq: fields['seq'] === undefined ? undefined : readDecimal(fields, 'seq'),
  };
}

function readMismatch(value: unknown): Mismatch {
  const fields = readFields(value, 'a mismatch');
  return {
    row: readRowName(fields['row']),
    kind: readWord(fields, 'kind', MISMATCH_KINDS),
    columns: readList(fields, 'columns', asText),
    sourceDigest: readNullableText(fields, 'sourceDigest'),
    targetDigest: readNullableText(fields, 'targetDigest'),
    evidence: readEvidence(fields['evidence']),
    isOwnerUnknown: readMark(fields, 'isOwnerUnknown'),
    foundBy: readWord(fields, 'foundBy', FINDERS),
    reason: readNullableText(fields, 'reason') ?? undefined,
  };
}

/** @throws ReplicationError ERG_6103 */
export function readRowName(value: unknown): RowName {
  const fields = readFields(value, 'a row');
  return {
    ...readRow(fields),
    targetKey: readList(fields, 'targetKey', readKeyCell),
    sourceKey: readList(fields, 'sourceKey', readKeyCell),
  };
}

function readCleared(value: unknown): ClearedRow {
  const fields = readFields(value, 'a cleared row');
  return { row: readRow(readFields(fields['row'], 'a row')), offset: readDecimal(fields, 'offset') };
}

function readRow(fields: Fields): ClearedRow['row'] {
  return { table: readText(fields, 'table'), shard: readText(fields, 'shard'), rowKey: readText(fields, 'rowKey') };
}

function readKeyCell(value: unknown): KeyCell {
  const cells = readList({ cells: value }, 'cells', asText);
  const [column, text] = cells;
  if (column === undefined || text === undefined || cells.length !== 2) {
    throw unreadable('expected a column of a key and its text');
  }
  return [column, text];
}

function readEvidence(value: unknown): Evidence {
  const fields = readFields(value, 'evidence');
  return {
    topicEpoch: readInteger(fields, 'topicEpoch', MAX_TOPIC_EPOCH),
    partition: readInteger(fields, 'partition', MAX_PARTITION),
    offset: readDecimal(fields, 'offset'),
    commitTimeMs:
      (fields['commitTimeMs'] ?? null) === null ? null : readInteger(fields, 'commitTimeMs', Number.MAX_SAFE_INTEGER),
  };
}

/** One of a newer version is told by the sentence alone. */
function readCode(fields: Fields): ErrorCode | undefined {
  return Object.keys(ERROR_CODES).find((code): code is ErrorCode => code === fields['code']);
}

function readBefore(value: unknown): RepairAnswer['before'] {
  if (value === undefined || value === null) {
    return value;
  }
  const fields = readFields(value, 'a row as it was');
  return Object.fromEntries(Object.keys(fields).map((column) => [column, readNullableText(fields, column)]));
}
