import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { cellsOf } from '../../protocol/verify/row-name.ts';
import { Pause } from '../runtime/pause.ts';
import { RowBudget } from './row-budget.ts';
import type { RowOwner } from './row-owner.ts';
import type { SweeperDeps } from './sweeper-deps.ts';
import { TableSweep } from './table-sweep.ts';

export interface CanaryLookOptions {
  readonly deps: SweeperDeps;
  readonly owner: RowOwner;
  readonly row: RowName;
  readonly limitMs: number;
}

/** A sweep of one row as any other: read, compared, judged and told by the same code. It is only not remembered. */
export class CanaryLook {
  readonly #options: CanaryLookOptions;
  readonly #pause: Pause;
  #isOver = false;
  #trouble: string | undefined;
  #hasReported = false;

  constructor(options: CanaryLookOptions) {
    this.#options = options;
    this.#pause = new Pause(options.deps.clock);
  }

  /** What it waits for, or why it ended without having looked. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Recovery has stored that the row is wrong. */
  get hasReported(): boolean {
    return this.#hasReported;
  }

  /** Resolves when the row was told, was seen to be right, or the time is over. */
  async run(): Promise<void> {
    const { deps, owner, row, limitMs } = this.#options;
    const { settings, clock, sides, reporter } = deps;
    const key = cellsOf(row.sourceKey);
    const cancel = clock.after(limitMs, () => this.end());
    const sweep = new TableSweep({
      table: row.table,
      own: settings.tables[row.table],
      sides,
      owner,
      reporter: {
        report: async (partition, mismatches) => {
          await reporter.report(partition, mismatches);
          this.#hasReported = true;
        },
      },
      progress: deps.buildProgress(owner.partitions),
      topicEpoch: settings.source.topicEpoch,
      readSpan: () => ({ from: key, through: key }),
      chunkRows: deps.pace.chunkRows,
      budgets: { source: new RowBudget(clock, 1_000), target: new RowBudget(clock, 1_000) },
      from: undefined,
      save: async () => {},
      onTrouble: (error) => this.#note(error),
      onRefused: (error) => this.#note(error),
      pause: this.#pause,
      isStopped: () => this.#isOver,
      mustYield: () => false,
      clock,
      logger: silentLogger, // the keeper tells of it; nobody has to look at a row that was damaged on purpose
    });
    try {
      await sweep.run();
    } catch (error) {
      if (!this.#isOver) {
        throw error;
      }
    } finally {
      cancel();
    }
  }

  /** Idempotent. */
  end(): void {
    this.#isOver = true;
    this.#pause.end();
  }

  #note(error: ReplicationError | undefined): void {
    this.#trouble = error?.message;
  }
}
