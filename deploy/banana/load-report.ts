const MAX_SECONDS = 7_200;

/** What the load generator did; counters only grow. */
export interface LoadReport {
  /** Transactions and row changes known to be committed. */
  readonly transactions: number;
  readonly changes: number;
  /** Changes that fell due and were not sent because the source was too slow or away. */
  readonly givenUp: number;
  readonly reconnects: number;
  /** Transactions whose answer never came, and that were found committed, or not, afterwards. */
  readonly foundCommitted: number;
  readonly foundMissing: number;
  /** Transactions that changed more or fewer rows than they should have: somebody else writes these tables. */
  readonly surprises: number;
  readonly lastError: string | undefined;
  /** Committed changes in each full second since the start; the newest 7,200. */
  readonly perSecond: readonly number[];
}

export class LoadCounters {
  transactions = 0;
  changes = 0;
  reconnects = 0;
  foundCommitted = 0;
  foundMissing = 0;
  surprises = 0;
  lastError: string | undefined;
  readonly #perSecond: number[] = [];
  #changesAtTick = 0;

  committed(changes: number): void {
    this.transactions++;
    this.changes += changes;
  }

  /** Closes one second. @returns the changes committed in it */
  tick(): number {
    const changes = this.changes - this.#changesAtTick;
    this.#changesAtTick = this.changes;
    this.#perSecond.push(changes);
    if (this.#perSecond.length > MAX_SECONDS) {
      this.#perSecond.shift();
    }
    return changes;
  }

  report(givenUp: number): LoadReport {
    const { transactions, changes, reconnects, foundCommitted, foundMissing, surprises, lastError } = this;
    const perSecond = [...this.#perSecond];
    return {
      transactions,
      changes,
      givenUp,
      reconnects,
      foundCommitted,
      foundMissing,
      surprises,
      lastError,
      perSecond,
    };
  }
}
