/**
 * What to leave out of a partition, so that one part of a target that cannot be written does not hold up the others. Pure.
 *
 * Nothing is left out while nothing else could be written: then the sink waits, and Kafka keeps the changes.
 */
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { ShardTrouble } from './lane-set.ts';

/** A table on a shard; null: the whole shard. */
export interface Scope {
  readonly shard: number;
  readonly table: string | null;
}

export interface ParkingChoice extends Scope {
  readonly reason: string;
}

export interface ParkingRules {
  readonly nowMs: number;
  /** How long a scope may be in trouble, ms. */
  readonly patienceMs: (scope: Scope) => number;
  /** All tables on all shards that are written now. */
  readonly written: readonly { readonly shard: number; readonly table: string }[];
}

/** What is wrong with the shard, not with a table of it. */
const OF_SHARD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERG_3001',
  'ERG_3002',
  'ERG_3003',
  'ERG_3007',
  'ERG_3008',
  'ERG_3009',
  'ERG_3010',
  'ERG_3011',
  'ERG_3012',
  'ERG_3098',
  'ERG_3103',
  'ERG_3502',
  'ERG_3506',
]);

export function isOfShard(code: ErrorCode): boolean {
  return OF_SHARD.has(code);
}

export function covers(
  { shard, table }: Scope,
  other: { readonly shard: number; readonly table: string | null },
): boolean {
  return shard === other.shard && (table === null || table === other.table);
}

export function chooseParking(
  troubles: readonly ShardTrouble[],
  { nowMs, patienceMs, written }: ParkingRules,
): readonly ParkingChoice[] {
  const scopes = troubles.flatMap((trouble) => scopesOf(trouble).map((scope) => ({ scope, trouble })));
  const isWell = written.some((place) => !scopes.some(({ scope }) => covers(scope, place)));
  if (!isWell) {
    return [];
  }
  const chosen = new Map<string, ParkingChoice>();
  for (const { scope, trouble } of scopes) {
    if (nowMs - trouble.sinceMs >= patienceMs(scope)) {
      chosen.set(`${scope.shard}:${scope.table ?? ''}`, { ...scope, reason: trouble.error.message });
    }
  }
  const list = [...chosen.values()];
  return list.filter((one) => one.table === null || !list.some((other) => other.table === null && covers(other, one)));
}

function scopesOf({ shard, error, tables }: ShardTrouble): readonly Scope[] {
  return isOfShard(error.code) ? [{ shard, table: null }] : tables.map((table) => ({ shard, table }));
}
