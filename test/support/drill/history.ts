/**
 * What the checkers of a drill know of a run: what was in the change stream, what the targets logged, and which offsets were
 * committed when. All of it is read from the servers; none of it comes from ergate.
 */

/** One state that the change stream gives to one row. A changed primary key gives one to the old row and one to the new. */
export interface StreamChange {
  readonly partition: number;
  readonly offset: number;
  readonly table: string;
  /** Primary key, parts joined by ",". */
  readonly key: string;
  /** Order of the states of one row: 2·ver while it is there, 2·ver + 1 when it was deleted with that ver. */
  readonly rank: number;
}

export interface StreamHistory {
  /** In the order of their offsets within each partition. */
  readonly changes: readonly StreamChange[];
  /** Per partition the offset behind its last record. */
  readonly ends: ReadonlyMap<number, number>;
  /** Product order to seller, as the stream told it; an order keeps its seller. */
  readonly sellerOf: ReadonlyMap<string, bigint>;
}

/** The end of a transaction in a target's binary log. */
export interface LogPlace {
  readonly file: number;
  readonly position: number;
}

export interface RowVersion {
  readonly ver: number;
  /** The marker column; undefined for NULL. */
  readonly seq: number | undefined;
}

/** Somebody else did it: its transaction has a row of the table of damage. Left out: no. */
type IsDamage = true | undefined;

/** A row change that had an effect; a statement that changes nothing is not logged. */
export type TargetEntry =
  | (RowVersion & {
      readonly kind: 'write';
      readonly table: string;
      readonly key: string;
      /** Undefined for a row that was not there. */
      readonly before: RowVersion | undefined;
      readonly place: LogPlace;
      readonly isDamage?: IsDamage;
    })
  | (RowVersion & {
      readonly kind: 'delete';
      readonly table: string;
      readonly key: string;
      readonly place: LogPlace;
      readonly isDamage?: IsDamage;
    })
  | {
      readonly kind: 'fence';
      readonly pipeline: string;
      readonly partition: number;
      readonly epoch: number;
      readonly place: LogPlace;
    }
  /** A row that a committed statement tried to write, whether or not that changed anything; see watch-attempts.ts. */
  | (RowVersion & { readonly kind: 'attempt'; readonly table: string; readonly key: string; readonly place: LogPlace });

export interface TargetHistory {
  readonly target: string;
  /** In the order of the log. */
  readonly entries: readonly TargetEntry[];
}

export interface OffsetSample {
  /** Goes up by one with every rewind by the operator. */
  readonly phase: number;
  /** By partitionName(pipeline, partition): the committed offset; a group without one is not there. */
  readonly committed: ReadonlyMap<string, number>;
  /** Per partition; looked up after the committed offsets. */
  readonly ends: ReadonlyMap<number, number>;
  /** Per target the end of its log, looked up after the committed offsets: what they stand for is before it. */
  readonly places: ReadonlyMap<string, LogPlace>;
}

export interface Violation {
  /** I1, I2, …; see the invariants of the design. */
  readonly invariant: string;
  readonly message: string;
}

export function partitionName(pipeline: string, partition: number): string {
  return `${pipeline}/${partition}`;
}

/** @returns negative when the first comes before the second */
export function comparePlaces(first: LogPlace, second: LogPlace): number {
  return first.file - second.file || first.position - second.position;
}

export function rowName(table: string, key: string): string {
  return `${table} ${key}`;
}
