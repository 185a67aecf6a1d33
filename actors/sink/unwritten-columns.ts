import type { UnwrittenColumn } from '../../protocol/message/actor-status.ts';

interface Counter {
  changes: number;
  readonly firstOffset: bigint;
  lastOffset: bigint;
}

/** Names come from records: a producer gone wild must not fill the memory. */
const MAX_COLUMNS = 1_000;

/** Values of source columns that the target does not have, counted so that they can be filled in later. */
export class UnwrittenColumns {
  readonly #onFirst: (table: string, column: string) => void;
  readonly #counters = new Map<string, Map<string, Counter>>();
  #columns = 0;

  constructor(onFirst: (table: string, column: string) => void) {
    this.#onFirst = onFirst;
  }

  count(table: string, column: string, offset: bigint): void {
    let ofTable = this.#counters.get(table);
    if (ofTable === undefined) {
      ofTable = new Map();
      this.#counters.set(table, ofTable);
    }
    const counter = ofTable.get(column);
    if (counter !== undefined) {
      counter.changes += 1;
      counter.lastOffset = offset;
    } else if (this.#columns < MAX_COLUMNS) {
      this.#columns += 1;
      ofTable.set(column, { changes: 1, firstOffset: offset, lastOffset: offset });
      this.#onFirst(table, column);
    }
  }

  list(): readonly UnwrittenColumn[] {
    return [...this.#counters].flatMap(([table, columns]) =>
      [...columns].map(([column, { changes, firstOffset, lastOffset }]) => ({
        table,
        column,
        changes,
        firstOffset: String(firstOffset),
        lastOffset: String(lastOffset),
      })),
    );
  }
}
