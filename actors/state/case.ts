import type { Finder, MismatchKind } from '../../protocol/verify/mismatch.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';

/** See actors/recovery/case-machine.ts for what is true in each. */
export const CASE_STATES = [
  'waiting',
  'checking',
  'held',
  'repairing',
  'retryWait',
  'repaired',
  'reverifying',
  'quarantined',
  'suppressed',
  'closed',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** Somebody is working on the case. */
export const CLAIMED_STATES: ReadonlySet<CaseState> = new Set(['checking', 'repairing', 'reverifying']);

/** Why a case was closed. */
export const CASE_ENDS = ['healed', 'vanished', 'verified', 'cleared', 'abandoned', 'replayed'] as const;
export type CaseEnd = (typeof CASE_ENDS)[number];

/** opaque: a record that could not be read; it names no row. */
export type CaseKind = MismatchKind | 'opaque';

/** One wrong row of one shard, from its first finding to its end. */
export interface Case {
  /** Assigned by the store; never used again. */
  readonly id: bigint;
  readonly pipeline: string;
  readonly partition: number;
  readonly row: RowName;
  readonly kind: CaseKind;
  readonly state: CaseState;
  /** Raised by every change of the row in the store: whoever writes names the one that it has seen. */
  readonly rev: number;
  readonly columns: readonly string[];
  readonly sourceDigest: string | null;
  readonly targetDigest: string | null;
  /** Newest place in the log at which it was seen to be wrong. */
  readonly topicEpoch: number;
  readonly offset: bigint;
  readonly commitTimeMs: number | null;
  /** The partition was guessed, so its sink may not be the one that writes the row: it is not repaired. */
  readonly isOwnerUnknown: boolean;
  /**
   * The first that found it, or found it again after a repair; sink also when a change of it turned up later that could not be
   * applied: that is why it is wrong.
   */
  readonly foundBy: Finder;
  /** Wall ms, by the clock of the state database. */
  readonly firstSeenMs: number;
  /** Of an opaque one: when its record was read again last, and could not be applied. */
  readonly lastSeenMs: number;
  /**
   * When it was first proven to be wrong, since it was repaired if it is wrong again: by a verifier or a sweep, or by the sink
   * that has repaired it; null: not yet.
   */
  readonly confirmedMs: number | null;
  readonly detections: number;
  /** Since when all that was seen of it says that the source has no such row; null otherwise. Two looks are needed to delete. */
  readonly extraSinceMs: number | null;
  /** Tries of a repair that count against its limit. */
  readonly attempts: number;
  /** Looks that found the row moving, or a newer write in the way. */
  readonly lostRaces: number;
  readonly relapses: number;
  /** Looks in a row, while quarantined, that found it right. */
  readonly clearedLooks: number;
  /** What a person has ordered and is not done yet: a repair, also by deleting the row ("delete"). */
  readonly ordered: 'repair' | 'delete' | null;
  /** When it is looked at next; null: not by itself. */
  readonly dueMs: number | null;
  readonly outageId: bigint | null;
  readonly runId: bigint | null;
  readonly repairedMs: number | null;
  /** Offset up to which the partition had been taken when it was repaired. */
  readonly repairOffset: bigint | null;
  /** Error code and sentence of the newest failure; null when there is none. */
  readonly reason: string | null;
  readonly end: CaseEnd | null;
}
