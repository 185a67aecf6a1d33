import type { Cell } from '../../protocol/change/cell.ts';

/** Where a shard key belongs. */
export interface ShardMap {
  /** Of all shards; 0 for a target that is not sharded, whatever the key. */
  readonly shards: number;
  /** @returns index of the shard, or undefined when the cell is no shard key */
  shardOf(key: Cell | undefined): number | undefined;
}

const SAFE_DIGITS = 15;

/** The shard key is an integer; its shard is its remainder, never negative. */
export function moduloShards(shards: number): ShardMap {
  const divisor = BigInt(shards);
  return {
    shards,
    shardOf(key) {
      if (typeof key !== 'string' || !/^-?\d{1,30}$/.test(key)) {
        return undefined;
      }
      const remainder = key.length <= SAFE_DIGITS ? Number(key) % shards : Number(BigInt(key) % divisor);
      return remainder < 0 ? remainder + shards : Math.abs(remainder); // no -0
    },
  };
}

export const singleShard: ShardMap = { shards: 1, shardOf: () => 0 };
