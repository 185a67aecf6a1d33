import type { CommittedOffset, OffsetRange } from './record-stream.ts';

/**
 * Whether somebody else committed since this stream first owned the partition: then another owner has come and gone,
 * and what this one holds in memory is stale.
 *
 * @param highestClaim the highest offset that this stream committed, tried to commit, or found committed when it first
 * owned; undefined when there is none
 */
export function hasOtherCommitted(highestClaim: bigint | undefined, committed: CommittedOffset | undefined): boolean {
  return committed !== undefined && (highestClaim === undefined || committed.offset > highestClaim);
}

/** The offsets that a start would miss or that never were, or undefined when it can be read. */
export function findGap(start: bigint, range: OffsetRange): string | undefined {
  if (start < range.earliest) {
    return `offsets ${start} to ${range.earliest - 1n} are gone; the broker holds ${range.earliest} to ${range.end}`;
  }
  if (start > range.end) {
    return `offset ${start} lies behind the end ${range.end}; the topic was cut or created anew`;
  }
  return undefined;
}
