/** Commits the watermark to the change stream now and then; what is lost of it in a crash is read and applied again. */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface OffsetCommitterOptions {
  readonly clock: Clock;
  readonly readWatermark: () => { readonly offset: number; readonly metadata: string };
  readonly commit: (offset: bigint, metadata: string) => Promise<void>;
  /** Not one that may be tried again. */
  readonly onFailed: (error: ReplicationError) => void;
}

/** Replay after a crash is at most this long; each commit costs the broker a write. Guess. */
const EVERY_MS = 250;

export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  #committed: number;
  #committing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  constructor(options: OffsetCommitterOptions, committed: number) {
    this.#options = options;
    this.#committed = committed;
  }

  get committed(): number {
    return this.#committed;
  }

  /** The watermark may have moved. */
  touch(): void {
    if (this.#cancelTimer === undefined && this.#committing === undefined && !this.#isStopped) {
      this.#cancelTimer = this.#options.clock.after(EVERY_MS, () => {
        this.#cancelTimer = undefined;
        this.#committing = this.#commit().finally(() => {
          this.#committing = undefined;
          if (this.#committed < this.#options.readWatermark().offset) {
            this.touch();
          }
        });
      });
    }
  }

  /** Commits what is settled now. @returns whether it did */
  async flush(): Promise<boolean> {
    await this.#committing;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#commit();
    return this.#committed >= this.#options.readWatermark().offset;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  async #commit(): Promise<void> {
    const { readWatermark, commit, onFailed } = this.#options;
    const { offset, metadata } = readWatermark();
    if (offset <= this.#committed || this.#isStopped) {
      return;
    }
    try {
      await commit(BigInt(offset), metadata);
      this.#committed = offset;
    } catch (error) {
      const coded = asReplicationError(error);
      if (coded.class !== 'transient' && coded.class !== 'unknown' && !this.#isStopped) {
        onFailed(coded);
      }
    }
  }
}
