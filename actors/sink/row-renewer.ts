import type { Clock } from '../../protocol/clock.ts';
import type { FoldedRow } from '../route/fold-rows.ts';

export interface RowRenewerOptions {
  /** Reads the tables of the shard anew. */
  readonly refreshTables: () => Promise<void>;
  /** The row with the table as it is known now. */
  readonly renewRow: (row: FoldedRow) => FoldedRow;
  readonly clock: Clock;
}

/** Schema changes come in rows; a look at the tables of a shard for each of them would be too much. */
const REFRESH_FOR_ROWS_MS = 1_000;

/** The rows of a lane with their tables as these are now. */
export class RowRenewer {
  readonly #options: RowRenewerOptions;
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RowRenewerOptions) {
    this.#options = options;
  }

  /**
   * What a row is refused for may be how the table was, not how it is: it is looked at before a row is blamed, at most once
   * a second while it stays as it is. @returns the rows for the table as it is now; undefined when it has not changed
   */
  async renewChanged(rows: readonly FoldedRow[]): Promise<readonly FoldedRow[] | undefined> {
    const { clock, refreshTables } = this.#options;
    if (clock.monotonicMs() - this.#refreshedMs >= REFRESH_FOR_ROWS_MS) {
      this.#refreshedMs = clock.monotonicMs();
      await refreshTables().catch(() => {}); // then the rows are judged by what is known
    }
    const renewed = this.#renew(rows);
    if (!renewed.some((row, index) => row.last.table !== rows[index]?.last.table)) {
      return undefined;
    }
    this.#refreshedMs = Number.NEGATIVE_INFINITY;
    return renewed;
  }

  /** @throws ReplicationError when the tables cannot be read */
  async renew(rows: readonly FoldedRow[]): Promise<readonly FoldedRow[]> {
    await this.#options.refreshTables();
    return this.#renew(rows);
  }

  #renew(rows: readonly FoldedRow[]): readonly FoldedRow[] {
    return rows.map((row) => this.#options.renewRow(row));
  }
}
