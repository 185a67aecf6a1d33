import type { UnwrittenColumn } from '../../protocol/message/actor-status.ts';
import type { UnwrittenDelta } from '../state/unwritten-column-store.ts';

interface Tally {
  changes: number;
  firstOffset: bigint;
  lastOffset: bigint;
  firstCommitTime: string | null;
  lastCommitTime: string | null;
}

interface Counter {
  readonly total: Tally;
  /** Since it was last taken to be stored. */
  fresh: Tally | undefined;
  /** What was stored last said that more may follow. */
  isOpen: boolean;
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

  /** @param commitTime 'YYYY-MM-DD hh:mm:ss.mmm' UTC */
  count(table: string, column: string, { offset }: { readonly offset: bigint }, commitTime: string | null): void {
    const counter = this.#counters.get(table)?.get(column) ?? this.#begin(table, column, { offset, commitTime });
    if (counter !== undefined) {
      extend(counter.total, offset, commitTime);
      counter.fresh ??= begin(offset, commitTime);
      extend(counter.fresh, offset, commitTime);
    }
  }

  list(): readonly UnwrittenColumn[] {
    return this.#listAll().map(({ table, column, counter: { total } }) => ({
      table,
      column,
      changes: total.changes,
      firstOffset: String(total.firstOffset),
      lastOffset: String(total.lastOffset),
      firstCommitTime: total.firstCommitTime ?? undefined,
      lastCommitTime: total.lastCommitTime ?? undefined,
    }));
  }

  /**
   * What has to be stored, which is then taken for stored: give it back when it was not.
   *
   * @param isLast nothing follows any more, so that nothing is left open
   */
  takeDeltas(isLast: boolean): readonly UnwrittenDelta[] {
    return this.#listAll().flatMap(({ table, column, counter }) => {
      const { fresh, isOpen, total } = counter;
      if (fresh === undefined && !isOpen) {
        return [];
      }
      counter.fresh = undefined;
      counter.isOpen = fresh !== undefined && !isLast;
      return [{ table, column, ...(fresh ?? { ...total, changes: 0 }), isOpen: counter.isOpen }];
    });
  }

  giveBack(deltas: readonly UnwrittenDelta[]): void {
    for (const { table, column, changes, firstOffset, firstCommitTime, ...last } of deltas) {
      const counter = this.#counters.get(table)?.get(column);
      if (counter !== undefined && changes === 0) {
        counter.isOpen = true;
      } else if (counter !== undefined) {
        const fresh = counter.fresh ?? { changes: 0, ...last, firstOffset, firstCommitTime };
        counter.fresh = { ...fresh, changes: fresh.changes + changes, firstOffset, firstCommitTime };
      }
    }
  }

  #begin(table: string, column: string, at: { offset: bigint; commitTime: string | null }): Counter | undefined {
    if (this.#columns >= MAX_COLUMNS) {
      return undefined;
    }
    this.#columns += 1;
    const ofTable = this.#counters.get(table) ?? new Map<string, Counter>();
    this.#counters.set(table, ofTable);
    const counter = { total: begin(at.offset, at.commitTime), fresh: undefined, isOpen: false };
    ofTable.set(column, counter);
    this.#onFirst(table, column);
    return counter;
  }

  #listAll(): readonly { table: string; column: string; counter: Counter }[] {
    return [...this.#counters].flatMap(([table, columns]) =>
      [...columns].map(([column, counter]) => ({ table, column, counter })),
    );
  }
}

function begin(offset: bigint, commitTime: string | null): Tally {
  return {
    changes: 0,
    firstOffset: offset,
    lastOffset: offset,
    firstCommitTime: commitTime,
    lastCommitTime: commitTime,
  };
}

/** What waited in a lane comes after newer ones. */
function extend(tally: Tally, offset: bigint, commitTime: string | null): void {
  tally.changes += 1;
  if (offset < tally.firstOffset) {
    tally.firstOffset = offset;
    tally.firstCommitTime = commitTime;
  }
  if (offset > tally.lastOffset) {
    tally.lastOffset = offset;
    tally.lastCommitTime = commitTime;
  }
}
