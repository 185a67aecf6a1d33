import type { Clock } from '../../protocol/clock.ts';

/** Work that is done again and again, each time so long after the last one has ended. */
export class Repeats {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Failures are left to the next time: for work that only informs. */
  every(name: string, ms: number, work: () => Promise<void>): void {
    if (!this.#isStopped) {
      const again = () => this.every(name, ms, work);
      const run = () =>
        void work()
          .catch(() => {})
          .then(again);
      this.#cancels.set(name, this.#clock.after(ms, run));
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels.values()) {
      cancel();
    }
  }
}
