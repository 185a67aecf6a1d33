/**
 * One record holds one source transaction, whose changes all have the same version. Were a row written twice under one
 * version, a replay could not tell the two apart and would show the older again; so the changes of one row are folded
 * before they reach a lane. What must not be folded: a row that is deleted and made anew without all its columns (both go
 * into one transaction), and rows of tables in which the order between rows matters.
 */
import { dependsOnOrder } from '../catalog/table-shape.ts';
import { foldInto } from './fold-rows.ts';
import type { PlacedEntry } from './place-change.ts';
import { partsOf } from './routed-change.ts';
import { hasOtherUniqueValues } from './unique-values.ts';

export function foldRecord(placed: readonly PlacedEntry[]): readonly PlacedEntry[] {
  if (placed.length < 2) {
    return placed;
  }
  const folded: PlacedEntry[] = [];
  const lastOf = new Map<string, PlacedEntry>();
  for (const next of placed) {
    const id = `${next.shard}:${next.entry.key}`;
    const known = lastOf.get(id);
    const merged = known === undefined ? undefined : merge(known, next, known === folded.at(-1));
    if (known === undefined || merged === undefined) {
      joinToNext(folded, known, next);
      folded.push(next);
    } else if (next.entry.withNext) {
      moveToEnd(folded, folded.indexOf(known), merged);
    } else {
      folded[folded.indexOf(known)] = merged;
    }
    lastOf.set(id, merged ?? next);
  }
  return folded;
}

/**
 * A row is deleted and made anew in one transaction: whoever looks between the two would miss it. What lies between on its
 * shard goes into it as well, unless the order between rows matters.
 */
function joinToNext(folded: readonly PlacedEntry[], known: PlacedEntry | undefined, { entry }: PlacedEntry): void {
  const isReplaced = known?.entry.image === null && entry.image !== null;
  if (isReplaced && (known === folded.at(-1) || !dependsOnOrder(entry.table))) {
    for (const one of folded.slice(folded.indexOf(known))) {
      if (one.shard === known.shard) {
        Object.assign(one.entry, { withNext: true }); // nobody else has seen it yet
      }
    }
  }
}

/** Its other half comes next, so it has to stand last; what lies between goes into the same transaction. */
function moveToEnd(folded: PlacedEntry[], place: number, merged: PlacedEntry): void {
  const [, ...between] = folded.splice(place);
  for (const one of between) {
    Object.assign(one.entry, { withNext: true }); // nobody else has seen it yet
  }
  folded.push(...between, merged);
}

function merge(known: PlacedEntry, next: PlacedEntry, isAdjacent: boolean): PlacedEntry | undefined {
  const { table } = next.entry;
  const { last, removal } = foldInto({ last: known.entry, removal: undefined }, next.entry);
  const mayNotFold = dependsOnOrder(table) && (!isAdjacent || hasOtherUniqueValues(known.entry, next.entry));
  if (removal !== undefined || mayNotFold) {
    return undefined;
  }
  const { entry } = known;
  // It stands where the first change stood, tied to what either was tied to.
  const withNext = entry.withNext || next.entry.withNext;
  const ties = [...(entry.ties ?? []), ...(next.entry.ties ?? [])];
  const parts = [...partsOf(entry), ...partsOf(next.entry)];
  return { ...next, entry: { ...last, changes: entry.changes + next.entry.changes, withNext, ties, parts } };
}
