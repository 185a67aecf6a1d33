/** Seeded transactions over a few rows of `product_order`, and what the targets must hold after them. */
import { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import { aRecord, deleted, inserted, updated } from '../sink-rig.ts';

export const FAULT_TABLE = 'product_order';

export const CREATE_FAULT_TABLE = `CREATE TABLE ${FAULT_TABLE} (product_order_no BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  seller_no BIGINT NOT NULL, ver BIGINT NOT NULL, note VARCHAR(40) NULL, amount DECIMAL(20,2) NULL,
  ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL)`;

export interface FaultRow {
  readonly product_order_no: number;
  readonly seller_no: number;
  readonly ver: number;
  readonly note: string;
  readonly amount: string;
}

const BUYERS = 16;
const ROWS_PER_BUYER = 6;
const MAX_CHANGES = 3;
/** Rows that are never deleted: one per shard, changed to see whether a shard is reached. */
const FIRST_BEACON = 9_000;

export class FaultLoad {
  readonly #random: SeededRandom;
  readonly #rows = new Map<number, FaultRow>();
  /** Goes on over deletes. */
  readonly #versions = new Map<number, number>();
  #position = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** Rows of a shard as they should be now, by key. */
  rowsOn(shard: number): readonly FaultRow[] {
    return [...this.#rows.values()]
      .filter(({ seller_no }) => seller_no % 2 === shard)
      .sort((a, b) => a.product_order_no - b.product_order_no);
  }

  /** The next transaction: of one buyer, so that all changes of a row have one record key. */
  next(): { key: string; value: string } {
    const buyer = this.#random.below(BUYERS);
    const payloads = Array.from({ length: 1 + this.#random.below(MAX_CHANGES) }, () =>
      this.#change(1 + buyer * ROWS_PER_BUYER + this.#random.below(ROWS_PER_BUYER)),
    );
    return this.#record(`buyer-${buyer}`, payloads);
  }

  /** A change of the row by which a shard is told to be reached. */
  beacon(shard: number): {
    readonly key: number;
    readonly ver: number;
    readonly record: { key: string; value: string };
  } {
    const key = FIRST_BEACON + shard;
    const record = this.put(key, {});
    return { key, ver: this.#versions.get(key) ?? 0, record };
  }

  /** One row inserted or updated, with a record of its own; the seller of a row is its key. */
  put(key: number, more: object, table = FAULT_TABLE): { key: string; value: string } {
    return this.#record(`one-${key}`, [{ ...this.#upsert(key, more), table }]);
  }

  /** A transaction that inserts rows. */
  putMany(keys: readonly number[], more: object = {}): { key: string; value: string } {
    return this.#record(
      `many-${keys[0]}`,
      keys.map((key) => this.#upsert(key, more)),
    );
  }

  /** Its only change is refused, or is of another table: the row is not there. */
  forget(key: number): void {
    this.#rows.delete(key);
  }

  #change(key: number) {
    const row = this.#rows.get(key);
    if (row !== undefined && this.#random.chance(0.15)) {
      this.#rows.delete(key);
      return deleted(row, FAULT_TABLE);
    }
    return this.#upsert(key, {});
  }

  #upsert(key: number, more: object) {
    const before = this.#rows.get(key);
    const ver = (this.#versions.get(key) ?? 0) + 1;
    const amount = `${this.#random.below(1_000_000)}.25`;
    const after: FaultRow = { product_order_no: key, seller_no: key, ver, note: `${key}-${ver}`, amount, ...more };
    this.#versions.set(key, ver);
    this.#rows.set(key, after);
    return before === undefined ? inserted(after, FAULT_TABLE) : updated(before, after, FAULT_TABLE);
  }

  #record(key: string, payloads: Parameters<typeof aRecord>[2][]) {
    this.#position += 1;
    return aRecord(key, this.#position, ...payloads);
  }
}
