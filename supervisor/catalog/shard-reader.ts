import { describeTableChange } from '../../actors/catalog/describe-table-change.ts';
import { type TableSnapshot, takeSnapshot } from '../../actors/catalog/table-snapshot.ts';
import type { TargetShard } from '../../actors/target/target-shard.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';

export interface ShardReaderOptions {
  readonly shard: Pick<TargetShard, 'readTables'>;
  readonly tables: readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** The tables are not as they were. */
  readonly onChanged: () => void;
}

/** A sink that starts soon after a table was changed has to know it, and many that start together cost one reading. */
const MAX_AGE_AT_START_MS = 2_000;

/** Keeps the tables of one shard: reads them regularly, and when somebody says that they are not like that. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  #snapshot: TableSnapshot | undefined;
  /** Under way; its tables may be older than a request that comes now. */
  #reading: Promise<void> | undefined;
  /** The next one, for all who ask while one is under way. */
  #next: Promise<void> | undefined;
  #trouble: string | undefined;
  /** When the reading began that the snapshot is of, monotonic ms. */
  #readMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#readAnew().then(() => {
      if (!this.#isStopped) {
        this.#cancel = this.#options.clock.after(this.#options.everyMs, () => this.start());
      }
    });
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /**
   * @param have version that the asker has; when it is not ours, one of us is behind, and only the target knows who.
   *   Undefined: it starts, and is told how the tables were at most two seconds ago.
   * @returns undefined when the tables cannot be read now
   */
  async read(have: string | undefined): Promise<TableSnapshot | undefined> {
    const isKnown = have === undefined ? this.#ageMs() <= MAX_AGE_AT_START_MS : have === this.#snapshot?.version;
    if (!isKnown) {
      await this.#readAnew();
    }
    return this.#trouble === undefined ? this.#snapshot : undefined;
  }

  #ageMs(): number {
    return this.#options.clock.monotonicMs() - this.#readMs;
  }

  /** Resolves after a reading that began after the call. */
  #readAnew(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined;
      return this.#readAnew();
    });
    return this.#next;
  }

  async #read(): Promise<void> {
    const { shard, tables, log, clock, onChanged } = this.#options;
    const startedMs = clock.monotonicMs();
    try {
      const before = this.#snapshot;
      const found = takeSnapshot(await shard.readTables(tables));
      this.#trouble = undefined;
      this.#readMs = startedMs;
      if (found.version === before?.version || this.#isStopped) {
        return;
      }
      this.#snapshot = found;
      if (before !== undefined) {
        log.event('catalog.changed', { change: describeTableChange(before.tables, found.tables).join('; ') });
        onChanged();
      }
    } catch (error) {
      const { message } = asReplicationError(error);
      if (this.#trouble !== message && !this.#isStopped) {
        log.event('catalog.unread', { reason: message });
      }
      this.#trouble = message;
    }
  }
}
