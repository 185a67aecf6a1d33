import type { RowName } from './row-name.ts';

/** missing: not at the target · extra: at the target only · different: some columns are not as at the source */
export const MISMATCH_KINDS = ['missing', 'extra', 'different'] as const;
export type MismatchKind = (typeof MISMATCH_KINDS)[number];

/** sink: the change could not be applied, and its row was found by that */
export const FINDERS = ['verifier', 'sweeper', 'operator', 'sink'] as const;
export type Finder = (typeof FINDERS)[number];

/** The place in the log up to which the row had been applied when it was found wrong. */
export interface Evidence {
  readonly topicEpoch: number;
  readonly partition: number;
  /** Decimal text. */
  readonly offset: string;
  /** Commit time at the source, wall ms; null when the stream carries none. */
  readonly commitTimeMs: number | null;
}

/**
 * A row that is not what its source row says, confirmed by looking at source and target again; or, with a reason, one that
 * nobody could look at. Holds no values.
 */
export interface Mismatch {
  readonly row: RowName;
  readonly kind: MismatchKind;
  /** Columns at the target that differ; empty unless different. */
  readonly columns: readonly string[];
  /** Of what should be there and of what is; see actors/row/digest-row.ts. Null: no row, or nobody has looked at it. */
  readonly sourceDigest: string | null;
  readonly targetDigest: string | null;
  readonly evidence: Evidence;
  /**
   * Nothing tells in which partition the changes of the row are; that of the evidence was chosen by its key. The sink of that
   * partition may not be the one that writes the row.
   */
  readonly isOwnerUnknown?: true | undefined;
  readonly foundBy: Finder;
  /** Why nobody has looked at the row: error code and sentence. Undefined: it was looked at. */
  readonly reason?: string | undefined;
}
