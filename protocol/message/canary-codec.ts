import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { CANARY_CHANGES, CANARY_OUTCOMES, type CanaryAnswer, type CanaryRequest } from './canary-message.ts';
import {
  asText,
  type Fields,
  readFields,
  readInteger,
  readList,
  readText,
  readWord,
  unreadable,
} from './read-fields.ts';
import { readRequestedRow } from './repair-codec.ts';

const MAX_COLUMNS = 4_096;

/** @throws ReplicationError ERG_6103 */
export function readCanaryRequest(body: unknown): CanaryRequest {
  const fields = readFields(body, 'a canary request');
  const columns = readList(fields, 'columns', asText);
  if (columns.length > MAX_COLUMNS) {
    throw unreadable(`columns: expected at most ${MAX_COLUMNS}`);
  }
  return {
    row: readRequestedRow(fields['row']),
    columns,
    turn: readInteger(fields, 'turn', Number.MAX_SAFE_INTEGER),
  };
}

/** @throws ReplicationError ERG_6103 */
export function readCanaryAnswer(body: unknown): CanaryAnswer {
  const fields = readFields(body, 'the answer to a canary');
  return {
    outcome: readWord(fields, 'outcome', CANARY_OUTCOMES),
    code: readCode(fields),
    message: readText(fields, 'message'),
    change: fields['change'] === undefined ? undefined : readWord(fields, 'change', CANARY_CHANGES),
    column: fields['column'] === undefined ? undefined : readText(fields, 'column'),
  };
}

/** One of a newer version is told by the sentence alone. */
function readCode(fields: Fields): ErrorCode | undefined {
  return Object.keys(ERROR_CODES).find((code): code is ErrorCode => code === fields['code']);
}
