import type { Mismatch } from '../../protocol/verify/mismatch.ts';

/** Tells wrong rows to the recovery actors that keep their cases. */
export interface MismatchReporter {
  /**
   * Resolves when all of them are stored; the same ones may be told again.
   * @param mismatches of one partition
   * @throws ReplicationError ERG_4105
   */
  report(partition: number, mismatches: readonly Mismatch[]): Promise<void>;
}
