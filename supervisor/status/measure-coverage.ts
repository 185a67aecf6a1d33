import type { VerifierDetail } from '../../protocol/message/verification-status.ts';

export type Covered = Pick<VerifierDetail, 'counts' | 'unverified' | 'unverifiedRanges' | 'givenUp'>;

/**
 * Row changes that were compared or superseded, of those that were due. Ranges that are not verified, or were given up, may be
 * in none of the counts: of what was due before the verifier began nobody knows how much it is. Each has at least one change, so
 * the figure is 1 only where there are none.
 *
 * @returns within [0, 1]; undefined when nothing was due
 */
export function measureCoverage(verifiers: readonly Covered[]): number | undefined {
  let [due, checked, dueAtLeast] = [0, 0, 0];
  for (const { counts, unverified, unverifiedRanges = unverified.length, givenUp = 0 } of verifiers) {
    const own = counts.equal + counts.superseded + counts.mismatches;
    due += counts.due;
    checked += own;
    dueAtLeast += Math.max(counts.due, own + unverifiedRanges + givenUp);
  }
  return due === 0 ? undefined : checked / dueAtLeast;
}
