/** What a connector writes beside changes, told by the fields that came. */
import type { Cell } from '../../cell.ts';

/** In the order of Debezium 3; `status` to `data_collections` are of a mark of a transaction, the last four of a schema change. */
export const ENVELOPE_FIELDS = [
  'before',
  'after',
  'source',
  'transaction',
  'op',
  'ts_ms',
  'ts_us',
  'ts_ns',
  'status',
  'id',
  'event_count',
  'data_collections',
  'databaseName',
  'schemaName',
  'ddl',
  'tableChanges',
] as const;

type EnvelopeField = (typeof ENVELOPE_FIELDS)[number];

function bits(...fields: readonly EnvelopeField[]): number {
  return fields.reduce((sum, field) => sum | (1 << ENVELOPE_FIELDS.indexOf(field)), 0);
}

const STAMPS = bits('ts_ms', 'ts_us', 'ts_ns');
const MARK = bits('status', 'id', 'event_count', 'data_collections');
const SCHEMA_CHANGE = bits('source', 'databaseName', 'ddl');
const ROW = bits('before', 'after');

/** @param seen one bit per ordinal of ENVELOPE_FIELDS */
export function isHeartbeat(seen: number): boolean {
  return (seen & ~STAMPS) === 0;
}

/** Of a transaction's begin or end. */
export function isTransactionMark(seen: number, status: Cell): boolean {
  return (seen & ~STAMPS) === MARK && (status === 'BEGIN' || status === 'END');
}

export function isSchemaChange(seen: number): boolean {
  return (seen & SCHEMA_CHANGE) === SCHEMA_CHANGE && (seen & ROW) === 0;
}
