import { findRange } from './find-range.ts';
import { isIntegerText, SAFE_DIGITS } from './integer-text.ts';
import { explainInteger, type ShardMap } from './shard-map.ts';

export interface ShardRange {
  /** Index of the shard. */
  readonly shard: number;
  /** First key of the range, a safe integer; undefined for the range without a lower end. */
  readonly from: number | undefined;
}

/**
 * The shard key is an integer; its shard is the one whose range it is in.
 *
 * @param ranges at least one, in any order; a range ends where the next one begins
 */
export function rangeShards(shards: number, ranges: readonly ShardRange[]): ShardMap {
  const sorted = ranges.toSorted((left, right) => startOf(left) - startOf(right));
  const starts = sorted.slice(1).map(startOf);
  const longStarts = starts.map(BigInt);
  return {
    shards,
    shardOf(key) {
      if (!isIntegerText(key)) {
        return undefined;
      }
      const index = key.length <= SAFE_DIGITS ? findRange(starts, Number(key)) : findRange(longStarts, BigInt(key));
      return sorted[index]?.shard;
    },
    explain: explainInteger,
  };
}

function startOf({ from }: ShardRange): number {
  return from ?? Number.NEGATIVE_INFINITY;
}
