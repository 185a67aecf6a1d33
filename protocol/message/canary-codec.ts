import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import {
  CANARY_CHANGES,
  CANARY_OUTCOMES,
  type CanaryAnswer,
  type CanaryRequest,
  type CanaryReturn,
  REREAD_STATES,
  type RereadAnswer,
  type RereadRequest,
} from './canary-message.ts';
import {
  asText,
  type Fields,
  readDecimal,
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
  return { ...readPlace(fields), turn: readInteger(fields, 'turn', Number.MAX_SAFE_INTEGER) };
}

/** @throws ReplicationError ERG_6103 */
export function readCanaryReturn(body: unknown): CanaryReturn {
  const fields = readFields(body, 'a request to give a version back');
  return { ...readPlace(fields), version: readDecimal(fields, 'version') };
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

/** @throws ReplicationError ERG_6103 */
export function readRereadRequest(body: unknown): RereadRequest {
  const fields = readFields(body, 'a request to read a record again');
  return {
    row: readRequestedRow(fields['row']),
    version: readDecimal(fields, 'version'),
    plantedMs: readInteger(fields, 'plantedMs', Number.MAX_SAFE_INTEGER),
  };
}

/** @throws ReplicationError ERG_6103 */
export function readRereadAnswer(body: unknown): RereadAnswer {
  const fields = readFields(body, 'the answer to reading a record again');
  return {
    state: readWord(fields, 'state', REREAD_STATES),
    message: readText(fields, 'message'),
    ageMs: readInteger(fields, 'ageMs', Number.MAX_SAFE_INTEGER),
  };
}

function readPlace(fields: Fields): Pick<CanaryRequest, 'row' | 'columns'> {
  const columns = readList(fields, 'columns', asText);
  if (columns.length > MAX_COLUMNS) {
    throw unreadable(`columns: expected at most ${MAX_COLUMNS}`);
  }
  return { row: readRequestedRow(fields['row']), columns };
}

/** One of a newer version is told by the sentence alone. */
function readCode(fields: Fields): ErrorCode | undefined {
  return Object.keys(ERROR_CODES).find((code): code is ErrorCode => code === fields['code']);
}
