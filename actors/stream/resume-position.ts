import type { CommittedOffset, OffsetRange } from './record-stream.ts';

/** What a stream knows about its place in the partition from its own doings; undefined before the first record. */
export interface KnownPosition {
  /** The offset after the last record delivered. */
  readonly next: bigint | undefined;
  /** The highest offset that this stream committed, tried to commit, or found committed when it first owned. */
  readonly highestClaim: bigint | undefined;
}

/**
 * Whether somebody else committed since this stream last owned the partition: then another owner has come and gone,
 * and what this one holds in memory is stale.
 */
export function hasOtherCommitted(known: KnownPosition, committed: CommittedOffset | undefined): boolean {
  if (known.next === undefined || committed === undefined) {
    return false;
  }
  return known.highestClaim === undefined || committed.offset > known.highestClaim;
}

/**
 * Where reading (re)starts: the caller's answer, but never before what was delivered already, so that a rebalance
 * repeats nothing.
 */
export function chooseStart(answer: bigint, next: bigint | undefined): bigint {
  return next !== undefined && next > answer ? next : answer;
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
