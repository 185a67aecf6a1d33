import { findRange } from './find-range.ts';
import type { KeyRange } from './key-range.ts';
import { KeyspaceHash } from './keyspace-id.ts';
import type { ShardMap } from './shard-map.ts';

/**
 * The shard key is an integer of 64 bits; its shard is the one in whose range its keyspace id is.
 *
 * @param ranges one per shard, in the order of the shards; together they are the whole keyspace
 */
export function hashShards(ranges: readonly KeyRange[]): ShardMap {
  const hash = new KeyspaceHash();
  const sorted = [...ranges.entries()].sort(([, left], [, right]) => (left.from < right.from ? -1 : 1));
  const shards = sorted.map(([shard]) => shard);
  const starts = sorted.slice(1).map(([, { from }]) => from);
  return {
    shards: ranges.length,
    shardOf(key) {
      const id = hash.hash(key);
      return id === undefined ? undefined : shards[findRange(starts, id.readBigUInt64BE())];
    },
    explain: () => ({ code: 'ERG_2002', expected: 'an integer of 64 bits as shard key' }),
  };
}
