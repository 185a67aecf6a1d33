import type { SweeperDetail, SweptTable } from '../../protocol/message/verification-status.ts';
import type { SweepTotals } from '../state/sweep-store.ts';
import { addTotals, NO_TOTALS } from './chunk-ledger.ts';

/** What a sweeper tells of itself: what it has done since its start, and which tables were compared whole. */
export class SweeperProgress {
  tables: readonly SweptTable[] = [];
  #table: string | undefined;
  #epoch = 0;
  #done: SweepTotals = NO_TOTALS;
  #readCurrent: () => SweepTotals = () => NO_TOTALS;

  /** @param readSeen what was compared of the table since it was begun here */
  enter(epoch: number, table: string, readSeen: () => SweepTotals): void {
    this.leave();
    this.#epoch = epoch;
    this.#table = table;
    this.#readCurrent = readSeen;
  }

  leave(): void {
    this.#done = addTotals(this.#done, this.#readCurrent());
    this.#readCurrent = () => NO_TOTALS;
    this.#table = undefined;
  }

  describe(): SweeperDetail {
    const { rows, chunks, mismatches } = addTotals(this.#done, this.#readCurrent());
    return {
      kind: 'sweeper',
      table: this.#table,
      epoch: this.#epoch,
      rowsCompared: rows,
      chunksCompared: chunks,
      mismatches,
      tables: this.tables,
    };
  }
}
