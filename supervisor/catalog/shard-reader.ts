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

/** Keeps the tables of one shard: reads them regularly, and when somebody says that they are not like that. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  #snapshot: TableSnapshot | undefined;
  /** Under way; its tables may be older than a request that comes now. */
  #reading: Promise<void> | undefined;
  /** The next one, for all who ask while one is under way. */
  #next: Promise<void> | undefined;
  #trouble: string | undefined;
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
   * @param have version that the asker has; when it is not ours, one of us is behind, and only the target knows who
   * @returns undefined when the tables cannot be read now
   */
  async read(have: string | undefined): Promise<TableSnapshot | undefined> {
    if (have === undefined && this.#snapshot === undefined) {
      await this.#reading;
    } else if (have !== undefined && have !== this.#snapshot?.version) {
      await this.#readAnew();
    }
    return this.#trouble === undefined ? this.#snapshot : undefined;
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
    const { shard, tables, log, onChanged } = this.#options;
    try {
      const before = this.#snapshot;
      const found = takeSnapshot(await shard.readTables(tables));
      this.#trouble = undefined;
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
