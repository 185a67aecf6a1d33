/**
 * Saves the newest acknowledged place, at most every 250 ms, one save at a time. The state database may be away: sending
 * goes on, a restart would only send more repeats. Losing the checkpoint to a newer capture ends everything.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CaptureCheckpoint } from '../state/capture-checkpoint-store.ts';

const SAVE_EVERY_MS = 250;
const RETRY_AFTER_MS = 1_000;

export interface CheckpointKeeperOptions {
  readonly clock: Clock;
  save(checkpoint: CaptureCheckpoint): Promise<void>;
  /** A failure that passes: told each time, and undefined once when it has passed. */
  onTrouble(error: ReplicationError | undefined): void;
  /** A failure that does not pass. */
  onFailed(error: ReplicationError): void;
}

export class CheckpointKeeper {
  readonly #options: CheckpointKeeperOptions;
  #newest: CaptureCheckpoint | undefined;
  #saved: CaptureCheckpoint | undefined;
  #saving: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isInTrouble = false;
  #isStopped = false;

  constructor(options: CheckpointKeeperOptions) {
    this.#options = options;
  }

  /** Everything before the place is acknowledged. */
  reach(checkpoint: CaptureCheckpoint): void {
    this.#newest = checkpoint;
    if (!this.#isStopped && this.#saving === undefined && this.#cancelTimer === undefined) {
      this.#saveAfter(SAVE_EVERY_MS);
    }
  }

  /** Saves what is not saved yet; resolves also when that failed. */
  async flush(): Promise<void> {
    this.#clearTimer();
    await this.#saving;
    this.#clearTimer();
    if (!this.#isStopped) {
      await this.#save();
    }
    this.#clearTimer();
  }

  stop(): void {
    this.#isStopped = true;
    this.#clearTimer();
  }

  #saveAfter(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#cancelTimer = undefined;
      this.#saving = this.#save().finally(() => {
        this.#saving = undefined;
      });
    });
  }

  async #save(): Promise<void> {
    const checkpoint = this.#newest;
    if (checkpoint === undefined || checkpoint === this.#saved) {
      return;
    }
    try {
      await this.#options.save(checkpoint);
      this.#saved = checkpoint;
      this.#tellTrouble(undefined);
    } catch (error) {
      this.#take(asReplicationError(error));
    }
    if (!this.#isStopped && this.#newest !== this.#saved && this.#cancelTimer === undefined) {
      this.#saveAfter(this.#isInTrouble ? RETRY_AFTER_MS : SAVE_EVERY_MS);
    }
  }

  #take(error: ReplicationError): void {
    if (this.#isStopped) {
      return;
    }
    if (error.class === 'transient') {
      this.#tellTrouble(error);
    } else {
      this.#isStopped = true;
      this.#options.onFailed(error);
    }
  }

  #tellTrouble(error: ReplicationError | undefined): void {
    if (error !== undefined || this.#isInTrouble) {
      this.#isInTrouble = error !== undefined;
      this.#options.onTrouble(error);
    }
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
