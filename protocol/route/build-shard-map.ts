import { ReplicationError } from '../errors/replication-error.ts';
import { unreachable } from '../errors/unreachable.ts';
import type { TargetSettings } from '../settings/settings-schema.ts';
import { hashShards } from './hash-shards.ts';
import { parseKeyRange, splitKeyspace } from './key-range.ts';
import { lookupShards } from './lookup-shards.ts';
import { moduloShards } from './modulo-shards.ts';
import { rangeShards } from './range-shards.ts';
import { type ShardMap, singleShard } from './shard-map.ts';

/**
 * @param target as the rules of the settings let it pass
 * @param shards names in the order of the settings
 * @throws ReplicationError ERG_2105
 */
export function buildShardMap(target: TargetSettings, shards: readonly string[]): ShardMap {
  const indexOf = (shard: string): number => {
    const index = shards.indexOf(shard);
    if (index < 0) {
      throw new ReplicationError('ERG_2105', `expected one of the shards ${shards.join(', ')}, got ${shard}`);
    }
    return index;
  };
  const { shardBy, keyspace, ranges = [], shardOf = {}, otherShard } = target;
  switch (shardBy) {
    case 'single':
      return singleShard;
    case 'modulo':
      return moduloShards(shards.length);
    case 'hash':
      return hashShards(
        keyspace === undefined
          ? splitKeyspace(shards.length)
          : shards.map((shard) => parseKeyRange(keyspace[shard] ?? '-')),
      );
    case 'range':
      return rangeShards(
        shards.length,
        ranges.map(({ shard, from }) => ({ shard: indexOf(shard), from })),
      );
    case 'lookup':
      return lookupShards(
        shards.length,
        new Map(Object.entries(shardOf).map(([key, shard]) => [key, indexOf(shard)])),
        otherShard === undefined ? undefined : indexOf(otherShard),
      );
    default:
      return unreachable(shardBy);
  }
}
