/**
 * Several changes of one row become one: what they leave behind together. Applying the result is the same as applying the
 * changes one after the other (property test), so the states between them are never seen at the target.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout, type RowImage } from '../../protocol/change/row-image.ts';
import { type RoutedChange, withImage } from './routed-change.ts';

/** What is to be done to one row. */
export interface FoldedRow {
  /** The newest change; its version is the row's version. */
  readonly last: RoutedChange;
  /** A delete that comes before `last` in the same transaction: the row starts anew. */
  readonly removal: RoutedChange | undefined;
}

/** An older change, such as a delete that had to wait for another shard, is passed over as the guard would do. */
export function foldInto(row: FoldedRow | undefined, entry: RoutedChange): FoldedRow {
  if (row === undefined) {
    return { last: entry, removal: undefined };
  }
  const { last, removal } = row;
  if (isOlder(entry.seq, last.seq)) {
    return row;
  }
  if (entry.image === null) {
    return { last: entry, removal: undefined };
  }
  if (last.image === null) {
    return { last: entry, removal: entry.coversRow ? undefined : last };
  }
  const image = mergeImages(last.image, entry.image);
  return { last: image === entry.image ? entry : withImage(entry, image), removal };
}

/** Decimal texts without leading zeros. */
function isOlder(seq: string, other: string): boolean {
  return seq.length === other.length ? seq < other : seq.length < other.length;
}

/** The older image under the newer one: a column that the newer one lacks keeps its older value. */
function mergeImages(older: RowImage, newer: RowImage): RowImage {
  if (older.layout === newer.layout) {
    return newer;
  }
  const { layout, extra } = planMerge(older.layout, newer.layout);
  if (extra.length === 0) {
    return newer;
  }
  const cells: Cell[] = [...newer.cells];
  for (const index of extra) {
    cells.push(older.cells[index] ?? null);
  }
  return { layout, cells };
}

interface MergePlan {
  readonly layout: ColumnLayout;
  /** Indexes in the older layout of what the newer one lacks. */
  readonly extra: readonly number[];
}

const mergePlans = new WeakMap<ColumnLayout, WeakMap<ColumnLayout, MergePlan>>();

function planMerge(older: ColumnLayout, newer: ColumnLayout): MergePlan {
  let plans = mergePlans.get(newer);
  if (plans === undefined) {
    plans = new WeakMap();
    mergePlans.set(newer, plans);
  }
  let plan = plans.get(older);
  if (plan === undefined) {
    const extra = older.names.flatMap((name, index) => (newer.indexByName.has(name) ? [] : [index]));
    const names = [...newer.names, ...extra.map((index) => older.names[index] ?? '')];
    plan = { layout: extra.length === 0 ? newer : buildLayout(names), extra };
    plans.set(older, plan);
  }
  return plan;
}
