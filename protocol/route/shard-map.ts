/**
 * Where a shard key belongs. Shard maps are pure: the same key of the same settings is on the same shard in every process,
 * whoever asks, so that whoever writes a row and whoever checks it look at the same place.
 */
import type { Cell } from '../change/cell.ts';

export interface ShardMap {
  /** Of all shards; 1 for a target that is not sharded. */
  readonly shards: number;
  /** @returns index of the shard, in the order of the settings, or undefined when the key has none */
  shardOf(key: Cell | undefined): number | undefined;
  /** Why a key has no shard; says nothing of its value. */
  explain(key: Cell | undefined): KeyRefusal;
}

export interface KeyRefusal {
  readonly code: 'ERG_2002' | 'ERG_2003';
  readonly expected: string;
}

/** Takes any key, also none. */
export const singleShard: ShardMap = {
  shards: 1,
  shardOf: () => 0,
  explain: () => ({ code: 'ERG_2002', expected: 'any shard key' }),
};

export function explainInteger(): KeyRefusal {
  return { code: 'ERG_2002', expected: 'an integer as shard key' };
}
