import type { VerifierCounts, VerifierDetail } from '../../../protocol/message/verification-status.ts';

/**
 * Why a verification of a right target does not count: every change has to be accounted for, and none may be accused.
 *
 * @param verifiers one of each partition, at its end
 */
export function findVerifyFault(verifiers: readonly VerifierDetail[], changes: number): string | undefined {
  const sum = (name: keyof VerifierCounts) => verifiers.reduce((total, { counts }) => total + counts[name], 0);
  const [due, equal, superseded, mismatches, unchecked] = [
    sum('due'),
    sum('equal'),
    sum('superseded'),
    sum('mismatches'),
    sum('unchecked'),
  ];
  const ranges = verifiers.flatMap(({ unverified }) => unverified);
  const faults = [
    mismatches > 0 && `${mismatches} mismatches where the target is right`,
    unchecked > 0 && `${unchecked} changes unchecked`,
    ranges.length > 0 && `${ranges.length} unverified ranges: ${ranges[0]?.reason}`,
    equal + superseded + mismatches + unchecked !== due &&
      `${due} due, but ${equal} equal and ${superseded} superseded`,
    due !== changes && `${due} of ${changes} changes were due`,
  ];
  return faults.find((fault) => fault !== false);
}
