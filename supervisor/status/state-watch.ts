import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface StateWatchParts<Rows> {
  /** Of the state database. */
  readonly read: () => Promise<Rows>;
  readonly clock: Clock;
}

const READ_EVERY_MS = 2_000;

/** Reads something from the state database every few seconds, so that a status never waits for it. */
export class StateWatch<Rows> {
  readonly #parts: StateWatchParts<Rows>;
  #rows: Rows | undefined;
  #readMs: number | undefined;
  #problem: ReplicationError | undefined;
  #cancel: () => void = () => {};
  #isStarted = false;
  #isStopped = false;

  constructor(parts: StateWatchParts<Rows>) {
    this.#parts = parts;
  }

  /** As they were read last; undefined before that. */
  get rows(): Rows | undefined {
    return this.#rows;
  }

  /** Since they were read, ms; undefined when they never were. */
  get ageMs(): number | undefined {
    return this.#readMs === undefined ? undefined : this.#parts.clock.monotonicMs() - this.#readMs;
  }

  /** Why they cannot be read now. */
  get problem(): ReplicationError | undefined {
    return this.#problem;
  }

  /** Idempotent. */
  start(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      void this.#read();
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #read(): Promise<void> {
    const { read, clock } = this.#parts;
    try {
      this.#rows = await read();
      this.#readMs = clock.monotonicMs();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = asReplicationError(error);
    }
    if (!this.#isStopped) {
      this.#cancel = clock.after(READ_EVERY_MS, () => void this.#read());
    }
  }
}
