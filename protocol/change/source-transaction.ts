import type { ErrorCode } from '../errors/error-codes.ts';
import type { RowImage } from './row-image.ts';
import type { SourcePosition } from './source-position.ts';

/** One captured insert, update or delete. */
export type RowChange =
  | { readonly op: 'insert'; readonly table: string; readonly before: null; readonly after: RowImage }
  | { readonly op: 'update'; readonly table: string; readonly before: RowImage; readonly after: RowImage }
  | { readonly op: 'delete'; readonly table: string; readonly before: RowImage; readonly after: null };

/**
 * What one change record carries: the changes of one source transaction (or a part of it) for one record key, in the
 * order in which the source made them.
 */
export interface SourceTransaction {
  /** Commit time at the source, ms since 1970 UTC; informs, never orders. Undefined when the format carries none. */
  readonly commitTimeMs: number | undefined;
  /** Undefined when the record does not come from our capture. */
  readonly position: SourcePosition | undefined;
  readonly changes: readonly RowChange[];
  /** Payloads that could not be decoded while others of the same record could. */
  readonly failures: readonly PayloadFailure[];
}

export interface PayloadFailure {
  /** Index in the record's payloads, from 0. */
  readonly payloadIndex: number;
  readonly code: ErrorCode;
  readonly message: string;
}
