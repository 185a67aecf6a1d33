/** A row that a person wants to be as its source row says, now: asked of the supervisor, which finds out whose it is. */
import type { KeyCell } from '../verify/row-name.ts';
import { asText, readFields, readList, readText, unreadable } from './read-fields.ts';
import type { RepairAnswer } from './recovery-message.ts';

/** To `supervisor.control.force-sync`. */
export interface ForceSyncOrder {
  readonly pipeline: string;
  /** At the source. */
  readonly table: string;
  /** The primary key at the source: every column with its value as text. */
  readonly key: readonly KeyCell[];
  /** The row is deleted at the target if the source does not have it. */
  readonly mayDelete: boolean;
  /** Kept in the audit, with who wants it. */
  readonly reason: string;
  readonly by: string;
}

export interface ForceSyncAnswer {
  /** Where the row was not as it should be at first sight; none when it is right on every shard. */
  readonly rows: readonly SyncedRow[];
  /** Rows that were compared, on either side; 0: no side has the key. */
  readonly compared: number;
}

/** What became of the row on one shard. */
export interface SyncedRow extends RepairAnswer {
  readonly shard: string;
  readonly partition: number;
}

/** Names of tables and of people. */
const MAX_NAME = 128;
const MAX_REASON = 500;
const MAX_KEY_COLUMNS = 32;
const MAX_KEY_TEXT = 16_384;

/** @throws ReplicationError ERG_6103 */
export function readForceSyncOrder(body: unknown): ForceSyncOrder {
  const fields = readFields(body, 'an order to sync a row');
  const { mayDelete = false } = fields;
  if (typeof mayDelete !== 'boolean') {
    throw unreadable('mayDelete: expected true or false');
  }
  const limited = (name: string, most: number): string => {
    const text = readText(fields, name);
    if (text === '' || text.length > most) {
      throw unreadable(`${name}: expected 1 to ${most} characters`);
    }
    return text;
  };
  const key = readList(fields, 'key', readKeyCell);
  if (key.length === 0 || key.length > MAX_KEY_COLUMNS) {
    throw unreadable(`key: expected 1 to ${MAX_KEY_COLUMNS} columns`);
  }
  return {
    pipeline: limited('pipeline', MAX_NAME),
    table: limited('table', MAX_NAME),
    key,
    mayDelete,
    reason: limited('reason', MAX_REASON),
    by: limited('by', MAX_NAME),
  };
}

function readKeyCell(value: unknown): KeyCell {
  const [column, text] = Array.isArray(value) && value.length === 2 ? value.map(asText) : [];
  if (column === undefined || text === undefined || column.length > MAX_NAME || text.length > MAX_KEY_TEXT) {
    throw unreadable('key: expected pairs of a column and its value as text');
  }
  return [column, text];
}
