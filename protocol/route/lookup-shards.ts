import type { ShardMap } from './shard-map.ts';

/**
 * The shard of each key is listed. Keys are compared character by character, as the change record has them: no case is
 * folded and no zero is dropped.
 *
 * @param shardOfKey key to index of the shard
 * @param otherShard index of the shard of all other keys; undefined when they have none
 */
export function lookupShards(
  shards: number,
  shardOfKey: ReadonlyMap<string, number>,
  otherShard: number | undefined,
): ShardMap {
  return {
    shards,
    shardOf: (key) => (typeof key === 'string' ? (shardOfKey.get(key) ?? otherShard) : undefined),
    explain: (key) =>
      typeof key === 'string'
        ? { code: 'ERG_2003', expected: 'one of the shard keys that the settings list' }
        : { code: 'ERG_2002', expected: 'a text or a number as shard key' },
  };
}
