/** The rows of one shard whose changes are due, by table: of several changes of a row the newest is compared. */
import { compareSeq } from '../../protocol/change/sequence.ts';
import { foldInto } from '../route/fold-rows.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import { isCovered } from './is-covered.ts';
import type { Check } from './verifier-progress.ts';

export interface DueRow {
  /** Name of the table at the source. */
  readonly sourceTable: string;
  /** The newest change, with what it leaves of older ones. */
  readonly change: RoutedChange;
  /** Settled with the outcome of the row: the change itself, and older ones of which it leaves something. */
  readonly checks: readonly Check[];
}

const NONE: readonly Check[] = [];

export class DueQueue {
  readonly #tables = new Map<string, Map<string, DueRow>>();
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** @returns the changes that another one has made out of date */
  push({ route, entry }: PlacedEntry): readonly Check[] {
    const rows = this.#rowsOf(entry.table.name);
    const known = rows.get(entry.key);
    if (known === undefined) {
      this.#rows += 1;
      rows.set(entry.key, { sourceTable: route.name, change: entry, checks: [entry] });
      return NONE;
    }
    if (isSame(known.change, entry)) {
      rows.set(entry.key, { ...known, checks: [...known.checks, entry] });
      return NONE;
    }
    const { last } = foldInto({ last: known.change, removal: undefined }, entry);
    if (last === known.change) {
      return [entry];
    }
    const isWhole = last.image === entry.image;
    rows.set(entry.key, { ...known, change: last, checks: isWhole ? [entry] : [...known.checks, entry] });
    return isWhole ? known.checks : NONE;
  }

  /** A change of the row is queued. */
  has({ table, key }: RoutedChange): boolean {
    return this.#tables.get(table.name)?.has(key) === true;
  }

  /** A change of the row is queued that has the version, or a newer one. */
  holds({ table, key }: RoutedChange, version: string): boolean {
    const queued = this.#tables.get(table.name)?.get(key);
    return queued !== undefined && compareSeq(queued.change.seq, version) >= 0;
  }

  /** A newer change of the row is queued, which leaves nothing of this one. */
  covers({ table, key, seq, image }: RoutedChange): boolean {
    const queued = this.#tables.get(table.name)?.get(key);
    return queued !== undefined && isCovered({ seq, image }, queued.change);
  }

  /** Rows of one table; none when nothing is queued. */
  take(limit: number): readonly DueRow[] {
    const [first] = this.#tables;
    if (first === undefined) {
      return [];
    }
    const [table, rows] = first;
    const taken: DueRow[] = [];
    for (const [key, row] of rows) {
      if (taken.length >= limit) {
        break;
      }
      taken.push(row);
      rows.delete(key);
    }
    this.#tables.delete(table);
    if (rows.size > 0) {
      this.#tables.set(table, rows); // behind the other tables
    }
    this.#rows -= taken.length;
    return taken;
  }

  #rowsOf(table: string): Map<string, DueRow> {
    const known = this.#tables.get(table);
    const rows = known ?? new Map<string, DueRow>();
    if (known === undefined) {
      this.#tables.set(table, rows);
    }
    return rows;
  }
}

/** It is read a second time, as a part of a range, while it is due for the first: neither has made the other out of date. */
function isSame(left: RoutedChange, right: RoutedChange): boolean {
  return left.seq === right.seq && left.payloadIndex === right.payloadIndex;
}
