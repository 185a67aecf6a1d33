/**
 * Rows of a lane that wait for a row elsewhere to change first: it has their unique value, or it is the parent that a foreign
 * key asks for. With them waits what may not be written before them, so that the rest of the lane goes on. Pure but for its
 * own state.
 *
 * Behind a row that waits are later changes of it; all of its table if rows of that depend on each other's order, or if several
 * spellings of a key may be one row, or from where the table has another shape (keys may read differently then). A primary-key
 * change is behind it with both halves, and so is what comes before and after it of either row.
 */
import { planTableKey } from '../catalog/plan-table-key.ts';
import { dependsOnOrder, type TableShape } from '../catalog/table-shape.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { Chunk } from './batch-chunks.ts';
import type { LaneBatch, LaneQueue } from './lane-queue.ts';

/** Rows that are due within so long are tried together. Guess: far below the shortest wait, and few enough rounds a second. */
const TOGETHER_MS = 50;

export interface WaitingRow {
  /** What it stands for. */
  readonly batch: LaneBatch;
  readonly chunk: Chunk;
  /** From when on it is tried again; monotonic, ms. */
  readonly dueMs: number;
}

export class WaitingRows {
  #rows: WaitingRow[] = [];
  /** In order. */
  #behind: RoutedChange[] = [];
  readonly #keys = new Set<string>();
  /** By table; null where changes of several shapes wait. */
  readonly #shapes = new Map<string, TableShape | null>();
  #ofRows = 0;

  /** Changes. */
  get length(): number {
    return this.#ofRows + this.#behind.length;
  }

  /** Of the first of them; monotonic, ms. Infinity when nothing waits. */
  get dueMs(): number {
    const isDone = this.#rows.length === 0 && this.#behind.length > 0;
    return isDone ? 0 : this.#rows.reduce((due, { dueMs }) => Math.min(due, dueMs), Number.POSITIVE_INFINITY);
  }

  add(row: WaitingRow): void {
    this.#rows.push(row);
    this.#ofRows += row.batch.entries.length;
    for (const entry of row.batch.entries) {
      this.#hold(entry); // its rows may have been prepared for a newer shape: their keys are of the one in which they came
    }
  }

  /**
   * What is behind the rows that wait is in the queue when some are due, for what they lead to may have to come before it;
   * else it is out of the queue, as far as it may be taken.
   *
   * @returns the rows whose time has come
   */
  takeDue(queue: LaneQueue, nowMs: number): readonly WaitingRow[] {
    if (this.dueMs > nowMs) {
      this.#absorb(queue);
      return [];
    }
    const isDue = ({ dueMs }: WaitingRow) => dueMs <= nowMs + TOGETHER_MS;
    const due = this.#rows.filter(isDue);
    queue.putBack(this.#behind);
    this.#behind = [];
    this.#keep(this.#rows.filter((row) => !isDue(row)));
    return due;
  }

  /** @returns what was taken out */
  remove(isUnwanted: (entry: RoutedChange) => boolean): readonly RoutedChange[] {
    const rows = this.#rows.filter(({ batch }) => batch.entries.some(isUnwanted));
    const behind = this.#behind.filter(isUnwanted);
    this.#behind = this.#behind.filter((entry) => !isUnwanted(entry));
    this.#keep(this.#rows.filter((row) => !rows.includes(row)));
    return [...rows.flatMap(({ batch }) => batch.entries), ...behind];
  }

  #absorb(queue: LaneQueue): void {
    if (this.#rows.length > 0) {
      const changes = findChanges(queue.listTakeable());
      while (changes.filter((entries) => this.#holdAll(entries)).length > 0) {
        changes.reverse(); // one may hold another one before it: keys that are moved up by one do, one after the other
      }
      this.#behind = this.#behind.concat(queue.removeTakeable((entry) => this.#holds(entry)));
    }
  }

  #keep(rows: readonly WaitingRow[]): void {
    this.#rows = [];
    this.#ofRows = 0;
    this.#keys.clear();
    this.#shapes.clear();
    for (const row of rows) {
      this.add(row);
    }
    for (const entry of this.#behind) {
      this.#hold(entry);
    }
  }

  /** All of them, if one has to wait. @returns whether more has to wait than before */
  #holdAll(entries: readonly RoutedChange[]): boolean {
    const isHeld = entries.some((entry) => this.#holds(entry));
    return isHeld && entries.filter((entry) => this.#hold(entry)).length > 0;
  }

  /** @returns whether more has to wait than before */
  #hold({ key, table }: RoutedChange): boolean {
    const before = this.#shapes.get(table.name);
    const shape = before === undefined || before === table ? table : null;
    const isNews = !this.#keys.has(key) || before !== shape;
    this.#keys.add(key);
    this.#shapes.set(table.name, shape);
    return isNews;
  }

  #holds({ key, table }: RoutedChange): boolean {
    const shape = this.#shapes.get(table.name);
    return this.#keys.has(key) || (shape !== undefined && (shape !== table || areOfOneLine(table)));
  }
}

/** Each row may need what another one gives up, or may be the same as another one: which spellings are, the server knows. */
function areOfOneLine(table: TableShape): boolean {
  return dependsOnOrder(table) || !planTableKey(table).isExact;
}

/** A primary-key change is one. */
function findChanges(entries: readonly RoutedChange[]): (readonly RoutedChange[])[] {
  const changes: RoutedChange[][] = [];
  for (const [place, entry] of entries.entries()) {
    if (entries[place - 1]?.withNext === true) {
      changes.at(-1)?.push(entry);
    } else {
      changes.push([entry]);
    }
  }
  return changes;
}
