/** The body of a repair request, read as what it has to be: whatever else comes is refused, and touches no row. */
import type { RowName } from '../verify/row-name.ts';
import { readFields, readWord, unreadable } from './read-fields.ts';
import { readRowName } from './recovery-codec.ts';
import type { RepairRequest } from './recovery-message.ts';

const MODES = ['repair', 'forceSync'] as const satisfies readonly RepairRequest['mode'][];
/** Names of tables and shards have at most 64 characters; twice that harms nobody. */
const MAX_NAME = 128;
/** A key has at most 3072 bytes, and a row key a few more for each column. */
const MAX_KEY_TEXT = 16_384;
const MAX_KEY_COLUMNS = 32;

/** @throws ReplicationError ERG_6103 */
export function readRepairRequest(body: unknown): RepairRequest {
  const fields = readFields(body, 'a repair request');
  const { mayDelete } = fields;
  if (typeof mayDelete !== 'boolean') {
    throw unreadable('mayDelete: expected true or false');
  }
  return { row: readRequestedRow(fields['row']), mode: readWord(fields, 'mode', MODES), mayDelete };
}

/** @throws ReplicationError ERG_6103 */
export function readRequestedRow(value: unknown): RowName {
  const row = readRowName(value);
  checkLimits(row);
  return row;
}

function checkLimits({ table, shard, rowKey, targetKey, sourceKey }: RowName): void {
  if (Math.max(targetKey.length, sourceKey.length) > MAX_KEY_COLUMNS) {
    throw unreadable(`row: expected at most ${MAX_KEY_COLUMNS} columns in a key`);
  }
  const key = [...targetKey, ...sourceKey];
  const names = [table, shard, ...key.map(([column]) => column)];
  if (rowKey === '' || names.some((name) => name === '' || name.length > MAX_NAME)) {
    throw unreadable(`row: expected names of 1 to ${MAX_NAME} characters, and a row key`);
  }
  if ([rowKey, ...key.map(([, text]) => text)].some((text) => text.length > MAX_KEY_TEXT)) {
    throw unreadable(`row: expected at most ${MAX_KEY_TEXT} characters of a key`);
  }
}
