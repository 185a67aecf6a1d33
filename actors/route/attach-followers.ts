import type { PlacedEntry } from './place-change.ts';

/**
 * The entries of a record that may be pushed now. A delete on the shard that a row leaves is attached to the write on the
 * shard that it goes to, and is pushed when that is done: a row on two shards can be read twice, a row on none is lost to
 * whoever looks.
 *
 * Deletes of a row wait when its last entry on the shard does. One that is followed by an upsert has the same version, and
 * pushed behind it would undo it. When the write is not in the record any more, folded away by a later change, nothing is
 * waited for.
 */
export function attachFollowers(placed: readonly PlacedEntry[]): readonly PlacedEntry[] {
  if (!placed.some(({ follows }) => follows !== undefined)) {
    return placed;
  }
  const lastOf = new Map(placed.map((one) => [idOf(one), one]));
  const followersOf = Map.groupBy(placed, (one) => findWrite(one, lastOf));
  return placed
    .filter((one) => findWrite(one, lastOf) === undefined)
    .map((one) => {
      const followers = followersOf.get(one);
      return followers === undefined ? one : { ...one, entry: { ...one.entry, followers } };
    });
}

/** The write that an entry has to wait for; undefined when it has not to. */
function findWrite(one: PlacedEntry, lastOf: ReadonlyMap<string, PlacedEntry>): PlacedEntry | undefined {
  const last = lastOf.get(idOf(one));
  if (last?.follows === undefined || last.entry.image !== null || one.entry.image !== null) {
    return undefined;
  }
  const write = lastOf.get(`${last.follows.shard}:${last.follows.key}`);
  return write?.entry.image === null ? undefined : write;
}

function idOf({ shard, entry }: PlacedEntry): string {
  return `${shard}:${entry.key}`;
}
