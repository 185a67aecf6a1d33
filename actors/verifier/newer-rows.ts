/**
 * Rows of a shard that were found newer at the target than the change that was compared. The version that was seen has to come
 * as a change of the row, and is compared then; if it does not, somebody has written the version, and nobody would look at the
 * row again.
 *
 * Costs a look in a map per change, and nothing but memory per row.
 */
import { offsetOf } from '../../protocol/change/sequence.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { DueRow } from './due-queue.ts';
import type { CountedChange } from './set-aside.ts';

/** Everything up to the offset that belongs to the shard was given to be compared. */
export type HasTakenFunc = (ledger: OffsetLedger, offset: number) => boolean;

export interface NewerRow {
  /** At the target. */
  readonly table: string;
  /** Of the changes that were compared, the first and the last one. */
  readonly from: number;
  readonly to: number;
  /** Of the change that the version at the target names. */
  readonly newerOffset: number;
  /** Of the reader that took the change. */
  readonly ledger: OffsetLedger;
  /** Of the changes, those that are counted as superseded. */
  readonly counted: readonly CountedChange[];
}

export class NewerRows {
  readonly #limit: number;
  readonly #rows = new Map<string, NewerRow>();
  /** None is awaited below it. */
  #lowest = Number.POSITIVE_INFINITY;

  /** @param limit rows at a time: about 250 bytes each */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** @param version newer than the change, and below the end of the partition @returns false: there is no room */
  add({ change, checks }: DueRow, version: string, counted: readonly CountedChange[]): boolean {
    const { key, table, ledger } = change;
    if (this.#rows.size >= this.#limit && !this.#rows.has(key)) {
      return false;
    }
    const newerOffset = offsetOf(version);
    const offsets = checks.map(({ record }) => Number(record.offset));
    const [from, to] = [Math.min(...offsets), Math.max(...offsets)];
    this.#rows.set(key, { table: table.name, from, to, newerOffset, ledger, counted });
    this.#lowest = Math.min(this.#lowest, newerOffset);
    return true;
  }

  /** The change is compared by itself, or noted as unverified. */
  saw({ key, record }: Pick<DueRow['change'], 'key' | 'record'>): void {
    const row = this.#rows.get(key);
    if (row !== undefined && Number(record.offset) >= row.newerOffset) {
      this.#rows.delete(key);
    }
  }

  /** @returns those whose change should have come, and has not; they are forgotten */
  takeMissed(hasTaken: HasTakenFunc, below: number): readonly NewerRow[] {
    if (this.#lowest >= below) {
      return [];
    }
    const missed: NewerRow[] = [];
    this.#lowest = Number.POSITIVE_INFINITY;
    for (const [key, row] of this.#rows) {
      if (hasTaken(row.ledger, row.newerOffset)) {
        missed.push(row);
        this.#rows.delete(key);
      } else {
        this.#lowest = Math.min(this.#lowest, row.newerOffset);
      }
    }
    return missed;
  }
}
