import type { Clock } from '../../protocol/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** Turns of the event loop in which what is under way goes on before time does. */
const TURNS_PER_STEP = 3;

/** Time leaps to the end of the shortest wait, after some turns of the event loop: all waits end in their order. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];
  #isRunning = false;

  wallMs(): number {
    return 1_767_225_600_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#turn(TURNS_PER_STEP);
    }
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  #turn(left: number): void {
    setImmediate(() => {
      if (left > 1) {
        this.#turn(left - 1);
        return;
      }
      const [next] = this.#timers.sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) {
        this.#isRunning = false;
        return;
      }
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.run();
      this.#turn(TURNS_PER_STEP);
    });
  }
}
