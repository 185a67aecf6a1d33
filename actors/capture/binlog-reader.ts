/**
 * What a capture needs from a binary log, whichever library reads it. Events come one at a time, in log order; after
 * `pause` none comes until `resume`. Cells are exact texts already: what a column type means ends at this port.
 */

import type { SourceCharacters } from './decode-text.ts';

/** A place between two events of the log. */
export interface LogPlace {
  /** As the server calls it: "order-bin.000003". */
  readonly file: string;
  /** Byte position in the file. */
  readonly position: number;
}

/** How a cell is written into a record: a bare number, or a text (binary as base64). */
export type CellForm = 'number' | 'text';

/** The columns of a captured table as the log describes them; one object for all rows of one table definition. */
export interface CapturedLayout {
  readonly table: string;
  readonly names: readonly string[];
  readonly forms: readonly CellForm[];
  /** Indexes of the record key's columns, in the configured order. */
  readonly keyIndexes: readonly number[];
}

/** Cells in the order of the layout; null is SQL NULL. */
export type CapturedCells = readonly (string | null)[];

export interface CapturedRow {
  readonly before: CapturedCells | null;
  readonly after: CapturedCells | null;
}

export type CaptureOp = 'insert' | 'update' | 'delete';

/**
 * begin      a transaction, or a statement that stands alone, starts at `start`
 * rows       rows of one captured table
 * statement  a statement logged as its text, such as a table definition
 * end        the open transaction ended. prepared and rolled-back: its rows do not count, or not yet.
 *            incomplete: the source crashed while it wrote it; it was never committed
 * moved      nothing for us up to `next`
 * alive      the server has nothing new; it says so
 */
export type BinlogEvent =
  | { readonly kind: 'begin'; readonly start: LogPlace; readonly commitTimeMs: number; readonly gtid: string }
  | {
      readonly kind: 'rows';
      readonly op: CaptureOp;
      readonly layout: CapturedLayout;
      readonly rows: readonly CapturedRow[];
    }
  | { readonly kind: 'statement'; readonly text: string; readonly schema: string; readonly atMs: number }
  | { readonly kind: 'end'; readonly outcome: TransactionOutcome; readonly next: LogPlace }
  | { readonly kind: 'moved'; readonly next: LogPlace }
  | { readonly kind: 'alive' };

export type TransactionOutcome = 'committed' | 'prepared' | 'rolled-back' | 'incomplete';

export interface BinlogReader {
  /** Resolves when the server has begun to send. @throws ReplicationError 15xx */
  start(from: LogPlace): Promise<void>;
  pause(): void;
  resume(): void;
  /** The definitions as they are now at the source; rows decoded from here on are checked against them. */
  useDefinitions(definitions: SourceDefinitions): void;
  /** Idempotent, legal at any time; no event comes after the call. Resolves when nothing is left running. */
  stop(): Promise<void>;
  /** Row events of tables that are not captured. */
  readonly ignored: number;
}

/** Who listens. A handler that throws ends the reader with that error. */
export interface BinlogHandler {
  onEvent(event: BinlogEvent): void;
  /** Once, when the reader ended by itself. */
  onFailed(error: Error): void;
}

/** One column as information_schema has it. */
export interface SourceColumn {
  readonly name: string;
  /** Lower case, without length: "bigint". */
  readonly dataType: string;
  readonly unsigned: boolean;
  /** Computed when read: the log may leave it out of its images. */
  readonly virtual: boolean;
}

/** What a reader has to know of the source beside its log, as it is now. */
export interface SourceDefinitions {
  readonly columns: SourceColumns;
  readonly characters: SourceCharacters;
}

/** Table to column name to column. A table that the source does not have is missing. */
export type SourceColumns = ReadonlyMap<string, ReadonlyMap<string, SourceColumn>>;
