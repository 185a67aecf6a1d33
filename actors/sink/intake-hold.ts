import type { Clock } from '../../protocol/clock.ts';

const HOLD_MS = 500;
const HOLD_AGAIN_MS = 2_000;

/** Lets the sink take nothing for a moment, so that a catch-up can draw level; not for long, and not often. */
export class IntakeHold {
  readonly #clock: Clock;
  readonly #onReleased: () => void;
  #cancel: (() => void) | undefined;
  #againMs = 0;

  constructor(clock: Clock, onReleased: () => void) {
    this.#clock = clock;
    this.#onReleased = onReleased;
  }

  get isHeld(): boolean {
    return this.#cancel !== undefined;
  }

  hold(): void {
    if (this.#cancel === undefined && this.#clock.monotonicMs() >= this.#againMs) {
      this.#cancel = this.#clock.after(HOLD_MS, () => this.release());
    }
  }

  /** Idempotent. */
  release(): void {
    if (this.#cancel !== undefined) {
      this.#cancel();
      this.#cancel = undefined;
      this.#againMs = this.#clock.monotonicMs() + HOLD_AGAIN_MS;
      this.#onReleased();
    }
  }
}
