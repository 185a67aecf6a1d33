/** What verifiers and sweepers tell a recovery actor, and what a recovery actor asks of the sink that owns a row. */
import type { ErrorCode } from '../errors/error-codes.ts';
import type { Mismatch } from '../verify/mismatch.ts';
import type { RowName } from '../verify/row-name.ts';

/** To `actor.recovery.<pipeline>.<partition>.report`. Answered OK when all of it is stored; the same report twice is stored once. */
export interface FindingReport {
  readonly mismatches: readonly Mismatch[];
  /** Rows that were seen to be right, up to these places in the log: an open case of theirs may be closed. */
  readonly cleared: readonly ClearedRow[];
}

export interface ClearedRow {
  readonly row: Pick<RowName, 'table' | 'shard' | 'rowKey'>;
  /** Decimal text. */
  readonly offset: string;
}

/**
 * To `actor.sink.<pipeline>.<partition>.repair`. The row is held in its lane, both sides are read, and it is written under
 * guard and fence if it is not what its source row says.
 */
export interface RepairRequest {
  readonly row: RowName;
  /** repair: writer mark 1 · forceSync: 2, and only where the modification time at the source is newer, if it has one. */
  readonly mode: 'repair' | 'forceSync';
  /** False: a row that the source does not have is left, and told as extra. */
  readonly mayDelete: boolean;
}

/**
 * equal: nothing to do · written, deleted: done, and read back · moving: source or target changed meanwhile · extra: not
 * deleted, because that was not allowed · refused: never as it is now (code) · failed: perhaps later (code)
 */
export const REPAIR_OUTCOMES = ['equal', 'written', 'deleted', 'moving', 'extra', 'refused', 'failed'] as const;
export type RepairOutcome = (typeof REPAIR_OUTCOMES)[number];

/**
 * For how long an answer is waited for. A sink takes at most 55 s: 10 in line (repair-desk.ts); 5 each to look, for its lanes to
 * come to the row, to plan, to begin writing and to read back (repair-round.ts); and a write that has begun may open a session,
 * run into its deadline and be rolled back (5 + 10 + 5, actors/target/mysql). Who gives up before that counts a try that may
 * still be writing.
 */
export const REPAIR_TIMEOUT_MS = 60_000;

export interface RepairAnswer {
  readonly outcome: RepairOutcome;
  /** Of refused and failed. */
  readonly code?: ErrorCode | undefined;
  /** Error code and sentence; '' when the outcome says all. */
  readonly message: string;
  /** Columns that differed before. */
  readonly columns: readonly string[];
  /** Before the repair. */
  readonly targetDigest: string | null;
  /** Of what should be there. */
  readonly sourceDigest: string | null;
  /** The row as it was, column to text, null for NULL; to undo by. Undefined when nothing was written, null when there was no row. */
  readonly before?: Readonly<Record<string, string | null>> | null | undefined;
  /** The version that the write left: decimal text; everything the lane writes later is newer. */
  readonly seq?: string | undefined;
}
