import type { Clock } from '../../protocol/clock.ts';

/** The waits of somebody who retries; ended for good when that somebody stops. One at a time. */
export class Pause {
  readonly #clock: Clock;
  #cut: (() => void) | undefined;
  #isEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or at once when it was ended. */
  async wait(ms: number): Promise<void> {
    if (this.#isEnded) {
      return;
    }
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#cut = () => {
        cancel();
        resolve();
      };
    });
    this.#cut = undefined;
  }

  /** Ends the wait that is under way, if one is. */
  cut(): void {
    this.#cut?.();
  }

  /** Idempotent. */
  end(): void {
    this.#isEnded = true;
    this.cut();
  }
}
