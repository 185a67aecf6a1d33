/**
 * One record holds one source transaction, whose changes all have the same version. Were a row written twice under one
 * version, a replay could not tell the two apart and would show the older again; so the changes of one row are folded
 * before they reach a lane. What must not be folded: a row that is deleted and made anew without all its columns (both go
 * into one transaction), and rows of tables in which the order between rows matters.
 */
import { foldInto } from './fold-rows.ts';
import type { PlacedEntry } from './place-change.ts';

export function foldRecord(placed: readonly PlacedEntry[]): readonly PlacedEntry[] {
  if (placed.length < 2) {
    return placed;
  }
  const folded: PlacedEntry[] = [];
  const placeOf = new Map<string, number>();
  for (const next of placed) {
    const id = `${next.shard}:${next.entry.key}`;
    const place = placeOf.get(id);
    const known = place === undefined ? undefined : folded[place];
    const merged = known === undefined ? undefined : merge(known, next, place === folded.length - 1);
    if (place === undefined || merged === undefined) {
      placeOf.set(id, folded.length);
      folded.push(next);
    } else {
      folded[place] = merged;
    }
  }
  return folded;
}

function merge(known: PlacedEntry, next: PlacedEntry, isAdjacent: boolean): PlacedEntry | undefined {
  const { table } = next.entry;
  const isOrdered = table.uniqueIndexes.length > 0 || !table.keyEnforced;
  const { last, removal } = foldInto({ last: known.entry, removal: undefined }, next.entry);
  if (removal !== undefined || (isOrdered && !isAdjacent)) {
    return undefined;
  }
  const { entry } = known;
  // It stands where the first change stood, tied to what either was tied to.
  const withNext = entry.withNext || next.entry.withNext;
  return { ...next, entry: { ...last, changes: entry.changes + next.entry.changes, withNext } };
}
