/**
 * Shard keys that the change stream itself told. A look-up asks the source as it is now, and a row that told the shard key
 * may be gone there by the time its change is read; then the last one seen is right.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { copyText } from '../../protocol/change/decode/copy-text.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { LearnedColumns } from '../source/source-lookup.ts';

/** About 100 bytes each. Guess: some minutes of a busy partition. */
const MAX_KEYS = 20_000;

export class ShardKeyMemory {
  readonly #columns: LearnedColumns;
  readonly #values = new Map<string, Cell>();

  constructor(columns: LearnedColumns) {
    this.#columns = columns;
  }

  get table(): string {
    return this.#columns.table;
  }

  learn({ before, after }: RowChange): void {
    const image = after ?? before;
    if (image !== null) {
      this.#keep(image);
    }
  }

  find(key: string): Cell | undefined {
    return this.#values.get(key);
  }

  #keep(image: RowImage): void {
    const key = findCell(image, this.#columns.key);
    const value = findCell(image, this.#columns.value);
    if (typeof key !== 'string' || value === undefined || value === null) {
      return;
    }
    this.#values.delete(key); // the newest stand last
    this.#values.set(copyText(key), typeof value === 'string' ? copyText(value) : value);
    if (this.#values.size > MAX_KEYS) {
      const [oldest] = this.#values.keys();
      this.#values.delete(oldest ?? '');
    }
  }
}
