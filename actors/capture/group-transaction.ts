/**
 * Gathers the rows of one source transaction into change records, one per record key, in the order in which the keys
 * first appear. A large transaction is cut: a record that is full is given out, and everything held is given out when it
 * gets too much. Where the cuts fall depends on the rows alone, never on time or on how they arrived, so a transaction
 * that is read again after a crash gives the same records with the same ordinals; the sinks rely on it.
 */
import { joinRecordKey } from '../../protocol/change/record-key.ts';
import type { CapturedCells, CapturedLayout, CapturedRow, CaptureOp } from './binlog-reader.ts';

export interface GroupedChange {
  readonly op: CaptureOp;
  readonly layout: CapturedLayout;
  readonly before: CapturedCells | null;
  readonly after: CapturedCells | null;
}

export interface GroupedRecord {
  readonly key: string;
  /** Among the records of the transaction, from 0. */
  readonly ordinal: number;
  readonly changes: readonly GroupedChange[];
}

export interface SplitLimits {
  /** Size of a record at which it is given out; see `sizeOf`. */
  readonly recordBytes: number;
  readonly recordChanges: number;
  /** Size of all records held at which all are given out. */
  readonly heldBytes: number;
}

/**
 * Part of the format, like the field names of a record: with other limits a transaction that was sent in part before a
 * restart would get other ordinals. Guesses: well below the broker's default of 1 MB a record, and small enough to hold.
 */
export const SPLIT_LIMITS: SplitLimits = { recordBytes: 256 * 1024, recordChanges: 1_000, heldBytes: 4 * 1024 * 1024 };

interface OpenRecord {
  readonly changes: GroupedChange[];
  bytes: number;
}

export class TransactionGrouper {
  readonly #limits: SplitLimits;
  readonly #give: (record: GroupedRecord) => void;
  readonly #onMoved: (table: string) => void;
  readonly #open = new Map<string, OpenRecord>();
  #heldBytes = 0;
  #ordinal = 0;

  /** @param onMoved called with the table of each row whose record key changes */
  constructor(
    give: (record: GroupedRecord) => void,
    limits: SplitLimits = SPLIT_LIMITS,
    onMoved: (table: string) => void = () => {},
  ) {
    this.#give = give;
    this.#limits = limits;
    this.#onMoved = onMoved;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Records of the open transaction that were given out already. */
  get givenRecords(): number {
    return this.#ordinal;
  }

  get isEmpty(): boolean {
    return this.#ordinal === 0 && this.#open.size === 0;
  }

  add(op: CaptureOp, layout: CapturedLayout, row: CapturedRow): void {
    const { before, after } = row;
    const oldKey = before === null ? undefined : recordKeyOf(before, layout);
    const newKey = after === null ? undefined : recordKeyOf(after, layout);
    if (oldKey !== undefined && newKey !== undefined && oldKey !== newKey) {
      // The row moves to another record key, and so perhaps to another partition: each side sees what it has to do. The
      // order between the two is lost there (docs/02-ordering.md), which a person has to know.
      this.#onMoved(layout.table);
      this.#put(oldKey, { op: 'delete', layout, before, after: null });
      this.#put(newKey, { op: 'insert', layout, before: null, after });
      return;
    }
    this.#put(newKey ?? oldKey ?? '', { op, layout, before, after });
  }

  /** The transaction was committed: gives out what is held. */
  finish(): void {
    this.#giveAll();
    this.#ordinal = 0;
  }

  /** The transaction does not count: forgets what is held. */
  discard(): void {
    this.#open.clear();
    this.#heldBytes = 0;
    this.#ordinal = 0;
  }

  #put(key: string, change: GroupedChange): void {
    let record = this.#open.get(key);
    if (record === undefined) {
      record = { changes: [], bytes: 0 };
      this.#open.set(key, record);
    }
    const bytes = sizeOf(change.before) + sizeOf(change.after);
    record.changes.push(change);
    record.bytes += bytes;
    this.#heldBytes += bytes;
    if (record.bytes >= this.#limits.recordBytes || record.changes.length >= this.#limits.recordChanges) {
      this.#giveOut(key, record);
    }
    if (this.#heldBytes >= this.#limits.heldBytes) {
      this.#giveAll();
    }
  }

  #giveAll(): void {
    for (const [key, record] of this.#open) {
      this.#giveOut(key, record);
    }
  }

  #giveOut(key: string, record: OpenRecord): void {
    this.#open.delete(key);
    this.#heldBytes -= record.bytes;
    this.#give({ key, ordinal: this.#ordinal, changes: record.changes });
    this.#ordinal += 1;
  }
}

function recordKeyOf(cells: CapturedCells, layout: CapturedLayout): string {
  return joinRecordKey(layout.keyIndexes.map((index) => cells[index]));
}

/** About the bytes that an image takes in a record: characters of its cells, and some for each column's name. */
function sizeOf(cells: CapturedCells | null): number {
  return cells === null ? 0 : cells.reduce((bytes, cell) => bytes + (cell === null ? 4 : cell.length) + 16, 0);
}
