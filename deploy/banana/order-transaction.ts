import type { DeliveryTable } from './delivery-schema.ts';
import type { OrderTable } from './order-schema.ts';

type LoadTable = OrderTable | DeliveryTable;

/** A row that tells afterwards whether its transaction was committed. */
export interface Witness {
  readonly table: LoadTable;
  readonly where: string;
  /** The row's `ver` when the transaction was committed; undefined when the row is gone then. */
  readonly committedVer: number | undefined;
}

export interface OrderTransaction {
  /** One statement, or several between START TRANSACTION and COMMIT, as one packet. */
  readonly sql: string;
  /** Row changes that the source logs for it. */
  readonly changes: number;
  readonly witness: Witness;
  /** Takes the effect over into what the generator knows. Call once, when the transaction is known to be committed. */
  settle(): void;
}

/** Collects the statements of one transaction; every row is stamped with one time. */
export class TransactionDraft {
  readonly stamp: string;
  readonly #statements: string[] = [];
  #changes = 0;

  /** @param stamp DATETIME(6) literal, UTC */
  constructor(stamp: string) {
    this.stamp = stamp;
  }

  /** @param rows value lists without ver and updated_at, each with the ver that it gets */
  insert(table: LoadTable, rows: readonly { readonly values: string; readonly ver: number }[]): void {
    const lists = rows.map(({ values, ver }) => `(${values},${ver},${this.stamp})`);
    this.#statements.push(`INSERT INTO ${table} VALUES ${lists.join(',')}`);
    this.#changes += rows.length;
  }

  update(table: LoadTable, rows: number, set: string, where: string): void {
    this.#statements.push(`UPDATE ${table} SET ${set},ver=ver+1,updated_at=${this.stamp} WHERE ${where}`);
    this.#changes += rows;
  }

  delete(table: LoadTable, rows: number, where: string): void {
    this.#statements.push(`DELETE FROM ${table} WHERE ${where}`);
    this.#changes += rows;
  }

  build(witness: Witness, settle: () => void): OrderTransaction {
    const [only, ...more] = this.#statements;
    const sql = more.length === 0 ? (only ?? '') : ['START TRANSACTION', ...this.#statements, 'COMMIT'].join(';');
    return { sql, changes: this.#changes, witness, settle };
  }
}
