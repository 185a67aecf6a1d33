import type { Clock } from '../../protocol/clock.ts';

/** Time leaps to the end of each wait at the next turn of the event loop. */
export class LeapingClock implements Clock {
  #nowMs = 0;

  wallMs(): number {
    return 1_767_225_600_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const dueMs = this.#nowMs + ms;
    const immediate = setImmediate(() => {
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      run();
    });
    return () => clearImmediate(immediate);
  }
}
