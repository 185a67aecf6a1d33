/**
 * Which parts of a record a reader of the stream takes, while some shards or tables are left out and made up for later by a
 * second reader (parking.ts).
 *
 * A row is written by who writes its place. A row that moved is deleted at its old place by who writes its new one, or, where
 * the old place was left out, by who makes up for that; so it is never deleted before it is somewhere else, and never
 * forgotten, whichever of the two places comes back first.
 */
import type { PlacedEntry } from './place-change.ts';
import type { TableRoute } from './table-route.ts';

/** own: this reader writes there · others: another one does · nobody: left out now, and made up for later. */
export type Reach = 'own' | 'others' | 'nobody';

/** @param placed folded: what stands for one row on one shard is in its order */
export function selectTaken(
  placed: readonly PlacedEntry[],
  reachOf: (shard: number, route: TableRoute) => Reach,
): readonly PlacedEntry[] {
  if (placed.every(({ shard, route }) => reachOf(shard, route) === 'own') && !placed.some(({ movedTo }) => movedTo)) {
    return placed;
  }
  const lastOf = new Map(placed.map((one) => [idOf(one), one]));
  return placed.filter((one) => {
    const here = reachOf(one.shard, one.route);
    if (one.movedTo === undefined || lastOf.get(idOf(one)) !== one) {
      return here === 'own'; // a delete that is not the last of its row makes room for what follows it
    }
    const there = one.movedTo.map((shard) => reachOf(shard, one.route));
    return here === 'own' ? !there.includes('nobody') : here === 'others' && there.includes('own');
  });
}

function idOf({ shard, entry }: PlacedEntry): string {
  return `${shard}:${entry.key}`;
}
