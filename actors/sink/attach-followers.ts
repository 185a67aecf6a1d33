import type { PlacedEntry } from './place-change.ts';

/**
 * The entries of a record that may be pushed now. A delete on the shard that a row leaves is attached to the write on the
 * shard that it goes to, and is pushed when that is done: a row on two shards can be read twice, a row on none is lost to
 * whoever looks.
 *
 * Only the last entry of a row on its shard may wait. One that is followed by another has the same version, and pushed
 * behind it would undo it. When the write is not in the record any more, folded away by a later change, nothing is waited
 * for.
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
  const { follows, entry } = one;
  if (follows === undefined || entry.image !== null || lastOf.get(idOf(one)) !== one) {
    return undefined;
  }
  const write = lastOf.get(`${follows.shard}:${follows.key}`);
  return write?.entry.image === null ? undefined : write;
}

function idOf({ shard, entry }: PlacedEntry): string {
  return `${shard}:${entry.key}`;
}
