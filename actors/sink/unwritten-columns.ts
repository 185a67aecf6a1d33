import type { UnwrittenColumn } from '../../protocol/message/actor-status.ts';

interface Counter {
  changes: number;
  readonly firstOffset: bigint;
  lastOffset: bigint;
}

/** Values of source columns that the target does not have, counted so that they can be filled in later. */
export class UnwrittenColumns {
  readonly #counters = new Map<string, Map<string, Counter>>();

  count(table: string, column: string, offset: bigint): void {
    let ofTable = this.#counters.get(table);
    if (ofTable === undefined) {
      ofTable = new Map();
      this.#counters.set(table, ofTable);
    }
    const counter = ofTable.get(column);
    if (counter === undefined) {
      ofTable.set(column, { changes: 1, firstOffset: offset, lastOffset: offset });
    } else {
      counter.changes += 1;
      counter.lastOffset = offset;
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
