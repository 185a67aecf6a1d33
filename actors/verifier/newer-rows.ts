/**
 * Rows of a shard that were found newer at the target than the change that was compared. The version that was seen has to come
 * as a change of the row, and is compared then; if it does not, somebody has written the version, and nobody would look at the
 * row again.
 *
 * Some of them are kept as they were read, so that the change that wrote them needs no reading of its own: while a verifier
 * catches up, that spares a tenth of its readings (docs/adr/0025-what-a-verification-costs.md).
 *
 * Costs a look in a map per change, and nothing but memory per row.
 */
import type { RowImage } from '../../protocol/change/row-image.ts';
import { offsetOf } from '../../protocol/change/sequence.ts';
import type { TableShape } from '../catalog/table-shape.ts';
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

/** A row of the target as it was read. */
export interface ReadRow {
  readonly image: RowImage;
  readonly table: TableShape;
  /** When the reading began, monotonic ms. */
  readonly readMs: number;
}

interface AwaitedRow extends NewerRow {
  read: ReadRow | undefined;
}

export class NewerRows {
  readonly #limit: number;
  readonly #rows = new Map<string, AwaitedRow>();
  /** Rows that are kept as they were read, in a ring: the newest ones. */
  readonly #kept: (AwaitedRow | undefined)[];
  #nextKept = 0;
  /** None is awaited below it. */
  #lowest = Number.POSITIVE_INFINITY;

  /**
   * @param limit rows at a time: about 250 bytes each
   * @param mostKept of them with what was read
   */
  constructor(limit: number, mostKept = 0) {
    this.#limit = limit;
    this.#kept = new Array(mostKept).fill(undefined);
  }

  get size(): number {
    return this.#rows.size;
  }

  /**
   * @param version newer than the change, and below the end of the partition
   * @param read what is to be kept of it
   * @returns false: there is no room
   */
  add({ change, checks }: DueRow, version: string, counted: readonly CountedChange[], read?: ReadRow): boolean {
    const { key, table, ledger } = change;
    if (this.#rows.size >= this.#limit && !this.#rows.has(key)) {
      return false;
    }
    const newerOffset = offsetOf(version);
    const offsets = checks.map(({ record }) => Number(record.offset));
    const [from, to] = [Math.min(...offsets), Math.max(...offsets)];
    const row = { table: table.name, from, to, newerOffset, ledger, counted, read: undefined };
    this.#rows.set(key, row);
    if (read !== undefined && this.#kept.length > 0) {
      this.#keep(row, read);
    }
    this.#lowest = Math.min(this.#lowest, newerOffset);
    return true;
  }

  /**
   * The change is compared by itself, or noted as unverified.
   *
   * @returns the row as the change has left it, as far as its version tells, if that is kept
   */
  saw({ key, record, ledger }: Pick<DueRow['change'], 'key' | 'record' | 'ledger'>): ReadRow | undefined {
    const row = this.#rows.get(key);
    if (row === undefined || Number(record.offset) < row.newerOffset) {
      return undefined;
    }
    this.#rows.delete(key);
    const { read } = row;
    row.read = undefined;
    return Number(record.offset) === row.newerOffset && ledger === row.ledger ? read : undefined;
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
        const { read: _, ...missing } = row;
        missed.push(missing);
        this.#rows.delete(key);
      } else {
        this.#lowest = Math.min(this.#lowest, row.newerOffset);
      }
    }
    return missed;
  }

  #keep(row: AwaitedRow, read: ReadRow): void {
    const place = this.#nextKept % this.#kept.length;
    const oldest = this.#kept[place];
    if (oldest !== undefined) {
      oldest.read = undefined;
    }
    row.read = read;
    this.#kept[place] = row;
    this.#nextKept += 1;
  }
}
