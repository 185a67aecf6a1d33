import type { PlacedEntry } from './place-change.ts';

/**
 * The entries of a record that may be pushed now. A delete on the shard that a row leaves is attached to the write on the
 * shard that it goes to, and is pushed when that is done: a row on two shards can be read twice, a row on none is lost to
 * whoever looks. When that write is not in the record any more, folded away by a later change, nothing has to be waited for.
 */
export function attachFollowers(placed: readonly PlacedEntry[]): readonly PlacedEntry[] {
  if (!placed.some(({ follows }) => follows !== undefined)) {
    return placed;
  }
  const writes = new Set(placed.filter(({ entry }) => entry.image !== null).map(idOf));
  const isFollower = ({ follows, entry }: PlacedEntry) =>
    follows !== undefined && entry.image === null && writes.has(`${follows.shard}:${follows.key}`);
  const followers = Map.groupBy(placed.filter(isFollower), ({ follows }) => `${follows?.shard}:${follows?.key}`);
  return placed
    .filter((one) => !isFollower(one))
    .map((one) => {
      const own = one.entry.image === null ? undefined : followers.get(idOf(one));
      return own === undefined ? one : { ...one, entry: { ...one.entry, followers: own } };
    });
}

function idOf({ shard, entry }: PlacedEntry): string {
  return `${shard}:${entry.key}`;
}
