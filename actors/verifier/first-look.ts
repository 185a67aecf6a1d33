/**
 * The first look at rows of one table on one shard: one query at the target, and nothing at the source. Nearly all rows end
 * here.
 */
import { offsetOf } from '../../protocol/change/sequence.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { StoredRow } from '../row/row-reader.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { DueRow } from './due-queue.ts';
import { type FirstLook, judgeFirstLook } from './judge-first-look.ts';
import type { ReadRow } from './newer-rows.ts';
import { RowComparer } from './row-comparer.ts';
import type { StreamEnd } from './stream-end.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';
import { viewRow } from './view-row.ts';

export interface FirstLookerOptions {
  readonly deps: VerifierDeps;
  readonly catalog: ShardCatalog;
  readonly end: StreamEnd;
  readonly progress: VerifierProgress;
  /** Changes below this offset are due. */
  readonly dueBelow: () => number;
}

export interface SeenRow {
  readonly look: FirstLook;
  /** Of the row at the target; null where there is none. */
  readonly version: string | null;
  /** Of a row that is newer: what the change that wrote it can be compared with, as it was due before the row was read. */
  readonly read?: ReadRow | undefined;
}

interface Found {
  readonly table: TableShape;
  readonly rows: ReadonlyMap<string, StoredRow>;
}

/** What may pass in a moment is not worth an unverified range. */
const MOST_READS = 3;

export class FirstLooker {
  readonly #options: FirstLookerOptions;
  readonly #comparer: RowComparer;
  readonly #pauses = new Set<Pause>();
  #isStopped = false;

  constructor(options: FirstLookerOptions) {
    this.#options = options;
    this.#comparer = new RowComparer(options.deps.settings.marker);
  }

  /** @param rows of one table, one at least @returns for each in its order; or why they cannot be read */
  async look(rows: readonly DueRow[]): Promise<readonly SeenRow[] | ReplicationError> {
    const { end, deps } = this.#options;
    const dueBelow = this.#options.dueBelow();
    const readMs = deps.clock.monotonicMs();
    try {
      const { table, rows: found } = await this.#read(rows);
      const stored = rows.map(({ change }) => found.get(change.key)?.image);
      const views = stored.map((image) => image && viewRow(image, deps.settings));
      await end.reach(views.map((view) => view?.version));
      const means = { endSeq: end.seq, nowMs: deps.clock.wallMs() };
      return rows.map(({ change }, index) => {
        const image = stored[index];
        const isAsWritten = () =>
          image !== undefined && change.image !== null && this.#comparer.isAsWritten(change.image, image, table);
        const look = judgeFirstLook(change, views[index], { ...means, isAsWritten });
        const version = views[index]?.version ?? null;
        const isDue = look === 'superseded' && image !== undefined && version !== null && offsetOf(version) < dueBelow;
        return { look, version, read: isDue ? { image, table, readMs } : undefined };
      });
    } catch (thrown) {
      const error = asReplicationError(thrown);
      if (error.class === 'bug') {
        throw thrown;
      }
      return error;
    }
  }

  /** The row was read as the change has written it. */
  isAsWritten({ image }: DueRow['change'], read: ReadRow): boolean {
    return image !== null && this.#comparer.isAsWritten(image, read.image, read.table);
  }

  /** Reads that wait to be tried again end. */
  stop(): void {
    this.#isStopped = true;
    for (const pause of this.#pauses) {
      pause.end();
    }
  }

  /** @throws ReplicationError */
  async #read(rows: readonly DueRow[]): Promise<Found> {
    for (let reads = 1; ; reads += 1) {
      try {
        return await this.#readOnce(rows);
      } catch (thrown) {
        const error = asReplicationError(thrown);
        if (reads >= MOST_READS || !(await this.#mayPass(error, reads))) {
          throw error;
        }
      }
    }
  }

  async #readOnce(rows: readonly DueRow[]): Promise<Found> {
    const { deps, catalog, progress } = this.#options;
    const shard = catalog.shard.name;
    const refusal = deps.gateOf?.(shard).refusal;
    const known = rows[0]?.change.table;
    if (refusal !== undefined || known === undefined) {
      throw refusal ?? new Error('expected a row at least');
    }
    const table = catalog.find(known.name) ?? known;
    progress.sawReads('target', rows.length);
    const keys = rows.map(({ change }) => change.keyCells);
    return { table, rows: await deps.readerOf(shard).readMany(table, keys) };
  }

  async #mayPass(error: ReplicationError, reads: number): Promise<boolean> {
    const { deps, catalog } = this.#options;
    const isBreaker = deps.gateOf?.(catalog.shard.name).refusal !== undefined;
    const isPassing = error.class === 'transient' || error.class === 'unknown' || error.class === 'schema';
    if (this.#isStopped || isBreaker || !isPassing) {
      return false;
    }
    deps.logger.event('verifier.read.retry', { shard: catalog.shard.name, reason: error.message });
    if (error.class === 'schema') {
      await catalog.refresh();
      return true;
    }
    const pause = new Pause(deps.clock);
    this.#pauses.add(pause);
    await pause.wait(reconnectDelayMs(reads - 1, deps.random()));
    this.#pauses.delete(pause);
    return !this.#isStopped;
  }
}
