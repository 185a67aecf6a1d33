import type { UnwrittenTotal } from '../../protocol/message/supervisor-status.ts';

/** Where a sink was when it met a source column that the target does not have. */
export interface ColumnPlace {
  readonly pipeline: string;
  readonly topic: string;
  readonly topicEpoch: number;
  readonly partition: number;
}

/** Values that were not written, since this was last stored. */
export interface UnwrittenDelta {
  /** By its name at the source. */
  readonly table: string;
  readonly column: string;
  /** 0: nothing new, and nothing is open any more. */
  readonly changes: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** 'YYYY-MM-DD hh:mm:ss.mmm' UTC; null when the stream carries none. */
  readonly firstCommitTime: string | null;
  readonly lastCommitTime: string | null;
  /** More may follow: the sink that dies now may have met some that are not stored. */
  readonly isOpen: boolean;
}

export interface ColumnSelection {
  readonly pipeline: string;
  readonly table: string;
  readonly column: string;
}

/** Kept until a person clears them: what they name may have to be filled in. All reject with ERG_5001 or ERG_5002. */
export interface UnwrittenColumnStore {
  add(place: ColumnPlace, deltas: readonly UnwrittenDelta[]): Promise<void>;
  /** What a sink that died had left open reaches up to where the next one starts. */
  closeOpen(place: ColumnPlace, startOffset: bigint): Promise<void>;
  /** The newest first, at most `limit` rows of partitions. */
  list(limit: number): Promise<readonly UnwrittenTotal[]>;
  /** Stands in the audit when there was something. @returns how many rows of partitions there were */
  clear(selection: ColumnSelection, by: string): Promise<number>;
}
