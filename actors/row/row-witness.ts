import type { RowImage } from '../../protocol/change/row-image.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MismatchKind } from '../../protocol/verify/mismatch.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';

/** What a look at source, target and source again has shown of one row. */
export type RowVerdict =
  /** The target holds what the source row says, or neither has the row; then the digest is null. */
  | { readonly kind: 'equal'; readonly digest: string | null }
  /** The source row changed while it was looked at: a record of that is on its way, and tells more. */
  | { readonly kind: 'moving' }
  | RowDifference
  /** Nothing is known: a side, or a look-up, cannot be asked. Never a mismatch. */
  | { readonly kind: 'unreadable'; readonly error: ReplicationError };

export interface RowDifference {
  readonly kind: 'different';
  readonly mismatch: MismatchKind;
  /** Columns at the target that differ; empty unless the mismatch is "different". */
  readonly columns: readonly string[];
  readonly sourceDigest: string | null;
  readonly targetDigest: string | null;
  /** What should be there: the source row as the write path writes it to this shard; null: no row. */
  readonly expected: RowImage | null;
  readonly actual: RowImage | null;
  /** Of an extra row: why it must not be deleted all the same (why-kept.ts). Undefined where nothing speaks against it. */
  readonly keptFor?: ReplicationError | undefined;
}

/** Compares rows as they are now, on the primaries of both sides. */
export interface RowWitness {
  /** Source, target, source. One verdict per row, in their order; never rejects. */
  look(rows: readonly RowName[]): Promise<readonly RowVerdict[]>;
}
