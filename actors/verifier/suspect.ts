import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { RowDifference } from '../row/row-witness.ts';
import type { Check, Outcome } from './verifier-progress.ts';

/** A row that differs, although its sink has passed its change: what is left is that something is still on its way. */
export interface Suspect {
  readonly row: RowName;
  /** The newest of its changes that was compared. */
  readonly change: RoutedChange;
  readonly checks: readonly Check[];
  /** As it was seen last. */
  readonly seen: Pick<RowDifference, 'sourceDigest' | 'targetDigest'>;
  /** Proofs that had to be made again. */
  readonly rounds: number;
}

/** What recovery has to be told, and what its checks count as when it has stored it. */
export interface ReportedRow {
  readonly mismatch: Mismatch;
  readonly checks: readonly Check[];
  readonly outcome: Outcome;
}
