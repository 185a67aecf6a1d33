/** Takes one sweep through its tables. */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Pause } from '../runtime/pause.ts';
import type { SweepRun, SweepScope, TableProgress } from '../state/sweep-store.ts';
import { RowBudget } from './row-budget.ts';
import type { RowOwner } from './row-owner.ts';
import { chooseTables, readSpan } from './sweep-scope.ts';
import type { SweeperDeps } from './sweeper-deps.ts';
import type { SweeperProgress } from './sweeper-progress.ts';
import { TableSweep } from './table-sweep.ts';

export interface SweepRunnerOptions {
  readonly deps: SweeperDeps;
  readonly run: SweepRun;
  readonly owner: RowOwner;
  readonly progress: SweeperProgress;
  readonly pause: Pause;
  readonly isStopped: () => boolean;
  readonly mustYield: () => boolean;
  readonly onTrouble: (error: ReplicationError | undefined) => void;
}

export class SweepRunner {
  readonly #options: SweepRunnerOptions;
  readonly #refused: string[] = [];

  constructor(options: SweepRunnerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it has ended, or is to be gone on with later.
   * @throws ReplicationError ERG_4104; transient of the state database
   */
  async run(): Promise<void> {
    const { deps, run, isStopped, mustYield } = this.#options;
    deps.logger.event('sweeper.run.started', { pipeline: deps.pipeline, epoch: run.id, by: run.by });
    const tables = await this.#chooseTables();
    const saved = new Map(run.tables.map((table) => [table.table, table]));
    for (const table of tables) {
      const from = saved.get(table);
      const isEnded = from?.isEnded === true || (await this.#sweepTable(table, from));
      if (isStopped() || !isEnded || mustYield()) {
        return;
      }
    }
    if (tables.length > 0) {
      const isFailed = this.#refused.length === tables.length;
      await this.#end(isFailed ? 'failed' : 'done', this.#refused[0] ?? null);
    }
  }

  /** None of a sweep that cannot be carried out; it has ended then. */
  /** @throws ReplicationError ERG_4103: comparing less or more than was meant is worse than not at all */
  get #scope(): SweepScope {
    const { scope } = this.#options.run;
    if (scope === undefined) {
      throw new ReplicationError('ERG_4103', 'another version wrote what is to be compared');
    }
    return scope;
  }

  async #chooseTables(): Promise<readonly string[]> {
    const { deps } = this.#options;
    try {
      return chooseTables(deps.settings, this.#scope);
    } catch (error) {
      await this.#end('failed', asReplicationError(error).message);
      return [];
    }
  }

  async #sweepTable(table: string, from: TableProgress | undefined): Promise<boolean> {
    const { deps, run, owner, progress } = this.#options;
    const { settings, sides, pace, store, clock, placeEpoch } = deps;
    const { chunkRows, rowsPerSecond } = pace;
    const sweep = new TableSweep({
      ...this.#options,
      ...deps,
      table,
      own: settings.tables[table],
      sides,
      owner,
      progress: deps.buildProgress(owner.partitions),
      topicEpoch: settings.source.topicEpoch,
      readSpan: (swept) => readSpan(settings, this.#scope, swept),
      chunkRows,
      budgets: { source: new RowBudget(clock, rowsPerSecond), target: new RowBudget(clock, rowsPerSecond) },
      from,
      save: (saved) => store.saveTable(run.id, placeEpoch, saved),
      onRefused: (error) => this.#refused.push(error.message),
    });
    progress.enter(run.id, table, () => sweep.seen);
    const isEnded = await sweep.run();
    if (isEnded) {
      const { rows, mismatches, unjudged } = sweep.totals;
      deps.logger.event('sweeper.table.ended', { table, epoch: run.id, rows, mismatches, unjudged });
    }
    return isEnded;
  }

  async #end(state: 'done' | 'failed', reason: string | null): Promise<void> {
    const { deps, run } = this.#options;
    await deps.store.end(run.id, deps.placeEpoch, { state, reason });
    deps.logger.event('sweeper.run.ended', { pipeline: deps.pipeline, epoch: run.id, state });
  }
}
