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
  #metadata: string;
  #committing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  constructor(options: OffsetCommitterOptions, committed: number, metadata = '') {
    this.#options = options;
    this.#committed = committed;
    this.#metadata = metadata;
  }

  get committed(): number {
    return this.#committed;
  }

  /** The watermark may have moved, or what is noted beside it. */
  touch(): void {
    if (this.#cancelTimer === undefined && this.#committing === undefined && !this.#isStopped) {
      this.#cancelTimer = this.#options.clock.after(EVERY_MS, () => {
        this.#cancelTimer = undefined;
        this.#committing = this.#commit().finally(() => {
          this.#committing = undefined;
          if (this.#findNews() !== undefined) {
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

  #findNews(): { readonly offset: number; readonly metadata: string } | undefined {
    const now = this.#options.readWatermark();
    const isNew = now.offset > this.#committed || (now.offset === this.#committed && now.metadata !== this.#metadata);
    return isNew && !this.#isStopped ? now : undefined;
  }

  async #commit(): Promise<void> {
    const { commit, onFailed } = this.#options;
    const news = this.#findNews();
    if (news === undefined) {
      return;
    }
    try {
      await commit(BigInt(news.offset), news.metadata);
      this.#committed = news.offset;
      this.#metadata = news.metadata;
    } catch (error) {
      const coded = asReplicationError(error);
      if (coded.class !== 'transient' && coded.class !== 'unknown' && !this.#isStopped) {
        onFailed(coded);
      }
    }
  }
}
