import { isIntegerText, SAFE_DIGITS } from './integer-text.ts';
import { explainInteger, type ShardMap } from './shard-map.ts';

/** The shard key is an integer; its shard is its remainder, never negative. */
export function moduloShards(shards: number): ShardMap {
  const divisor = BigInt(shards);
  return {
    shards,
    shardOf(key) {
      if (!isIntegerText(key)) {
        return undefined;
      }
      const remainder = key.length <= SAFE_DIGITS ? Number(key) % shards : Number(BigInt(key) % divisor);
      return remainder < 0 ? remainder + shards : Math.abs(remainder); // no -0
    },
    explain: explainInteger,
  };
}
