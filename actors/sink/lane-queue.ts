/**
 * What waits for a lane's writer, in order, and how the next batch is cut from it. Pure but for its own state.
 *
 * A batch ends at the quota of rows, at its limit of bytes, where a table has another shape than before in the batch, and
 * never between the two halves of a primary-key change. In a table with more unique indexes than its key, rows depend on
 * each other's order, so a row may be folded only while no other row of the table came between and its unique values stay
 * as they are; the batch ends there instead. Row keys of two shapes must not meet in a batch: when the type of the key has
 * changed, one row has two of them. Nor does a batch reach over a barrier: what stands behind it waits until it is lifted.
 */
import { dependsOnOrder, type TableShape } from '../catalog/table-shape.ts';
import { type FoldedRow, foldInto } from '../route/fold-rows.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import { hasOtherUniqueValues } from '../route/unique-values.ts';

export interface LaneBatch {
  /** All that was taken, in order. */
  readonly entries: readonly RoutedChange[];
  /** One per row key, in the order of first appearance. */
  readonly rows: readonly FoldedRow[];
  /** From the first arrival to that of the row that filled the quota, ms; undefined when it was not filled. */
  readonly fillMs: number | undefined;
}

export interface BatchLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Taken entries are kept in front until there are this many, so that taking does not move the queue each time. */
const COMPACT_AT = 4_096;

export class LaneQueue {
  #entries: RoutedChange[] = [];
  #head = 0;
  /** Where entries end that were put back. */
  #seam = 0;
  /** The first entry that may not be taken; Infinity when all may. */
  #barrier = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  arrivedMs(place: number): number {
    return this.#entries[this.#head + place]?.arrivedMs ?? 0;
  }

  /** All that stood in front of the barrier was taken. */
  get isAtBarrier(): boolean {
    return this.#head === this.#barrier;
  }

  /** Behind all that waits. One at a time. */
  raiseBarrier(): void {
    this.#barrier = this.#entries.length;
  }

  liftBarrier(): void {
    this.#barrier = Number.POSITIVE_INFINITY;
  }

  push(entry: RoutedChange): void {
    this.#entries.push(entry);
  }

  /** In front of all that waits. They form batches of their own: their keys are of another shape than those behind them. */
  putBack(entries: readonly RoutedChange[]): void {
    if (entries.length > 0) {
      this.#entries = [...entries, ...this.#entries.slice(this.#head)];
      this.#seam = entries.length + Math.max(0, this.#seam - this.#head); // of what was put back before, too
      this.#barrier += entries.length - this.#head;
      this.#head = 0;
    }
  }

  /** What stands in front of the barrier, in order. */
  listTakeable(): readonly RoutedChange[] {
    return this.#entries.slice(this.#head, this.#barrier);
  }

  /** Takes them out, wherever they stand. */
  remove(isUnwanted: (entry: RoutedChange) => boolean): readonly RoutedChange[] {
    return this.#extract(isUnwanted, Number.POSITIVE_INFINITY);
  }

  /** Takes them out as far as they stand in front of the barrier. */
  removeTakeable(isUnwanted: (entry: RoutedChange) => boolean): readonly RoutedChange[] {
    return this.#extract(isUnwanted, this.#barrier - this.#head);
  }

  /** @param end place behind the last one that may go */
  #extract(isUnwanted: (entry: RoutedChange) => boolean, end: number): readonly RoutedChange[] {
    const waiting = this.#entries.slice(this.#head);
    const goes = (entry: RoutedChange, place: number) => place < end && isUnwanted(entry);
    const removed = waiting.filter(goes);
    if (removed.length > 0) {
      const front = this.#seam === 0 ? [] : waiting.slice(0, this.#seam - this.#head);
      this.#entries = waiting.filter((entry, place) => !goes(entry, place));
      this.#seam = front.length - front.filter(goes).length;
      this.#barrier -= this.#head + waiting.slice(0, this.#barrier - this.#head).filter(goes).length;
      this.#head = 0;
    }
    return removed;
  }

  /** At least one entry, unless there is none in front of the barrier. */
  take({ maxRows, maxBytes }: BatchLimits): LaneBatch {
    const rows = new Map<string, FoldedRow>();
    const lastKeys = new Map<TableShape, string>();
    const shapes = new ShapeWatch();
    const start = this.#head;
    let bytes = 0;
    let isFilled = false;
    let isJoined = false;
    let at = start;
    const end = Math.min(this.#entries.length, this.#barrier);
    for (; at < end; at += 1) {
      const entry = this.#entries[at] as RoutedChange; // below the length
      const known = rows.get(entry.key);
      isFilled = known === undefined && rows.size >= maxRows;
      const isReshaped = shapes.hasChanged(entry.table);
      const breaks = this.#breaksOrder(at, rows, lastKeys) || isReshaped || at === this.#seam;
      if (at > start && !isJoined && (isFilled || breaks || bytes + entry.bytes > maxBytes)) {
        break;
      }
      rows.set(entry.key, foldInto(known, entry));
      if (dependsOnOrder(entry.table)) {
        lastKeys.set(entry.table, entry.key);
      }
      bytes += entry.bytes;
      isJoined = entry.withNext;
    }
    const entries = this.#entries.slice(start, at);
    this.#dropBefore(at);
    return { entries, rows: [...rows.values()], fillMs: isFilled ? fillTime(entries) : undefined };
  }

  /** Whether the entry, or one that is tied behind it, may not be folded into its row. */
  #breaksOrder(at: number, rows: ReadonlyMap<string, FoldedRow>, lastKeys: ReadonlyMap<TableShape, string>): boolean {
    let entry = this.#entries[at];
    if (entry === undefined || !dependsOnOrder(entry.table)) {
      return false;
    }
    let lastKey = lastKeys.get(entry.table);
    for (let place = at + 1; entry !== undefined; place += 1) {
      const known = rows.get(entry.key);
      if (known !== undefined && (lastKey !== entry.key || hasOtherUniqueValues(known.last, entry))) {
        return true;
      }
      lastKey = entry.key;
      entry = entry.withNext ? this.#entries[place] : undefined;
    }
    return false;
  }

  #dropBefore(at: number): void {
    this.#head = at;
    if (at >= this.#seam) {
      this.#seam = 0;
    }
    if (at === this.#entries.length) {
      this.#entries = [];
      this.#barrier -= at;
      this.#head = 0;
    } else if (at >= COMPACT_AT) {
      this.#entries = this.#entries.slice(at);
      this.#barrier -= at;
      this.#head = 0;
      this.#seam = Math.max(0, this.#seam - at);
    }
  }
}

class ShapeWatch {
  readonly #shapes = new Map<string, TableShape>();
  #last: TableShape | undefined;

  /** Since it was last asked about the table. */
  hasChanged(table: TableShape): boolean {
    if (table === this.#last) {
      return false; // nearly always, and this is asked for every change
    }
    this.#last = table;
    const before = this.#shapes.get(table.name);
    this.#shapes.set(table.name, table);
    return before !== undefined && before !== table;
  }
}

function fillTime(entries: readonly RoutedChange[]): number {
  return (entries.at(-1)?.arrivedMs ?? 0) - (entries[0]?.arrivedMs ?? 0);
}
