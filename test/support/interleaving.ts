/**
 * Time and order as a test draws them: whoever waits for a turn goes on when it is drawn, one at a time, and a timer ends only
 * when nobody waits for a turn any more. The same random numbers give the same course.
 */
import type { Clock } from '../../protocol/clock.ts';

interface Timer {
  readonly endMs: number;
  readonly run: () => void;
}

/** Virtual; nothing under test waits for longer than some seconds. */
const STUCK_AFTER_MS = 3_600_000;

export class Interleaving implements Clock {
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  readonly #timers = new Set<Timer>();
  #nowMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { endMs: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Lets all go on until the work has ended. @throws Error when it does not within an hour of its time */
  async drive<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) {
        return work;
      }
      this.#step();
    }
  }

  #step(): void {
    if (this.#waiting.length > 0) {
      const [resolve] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      resolve?.();
      return;
    }
    const [next] = [...this.#timers].sort((left, right) => left.endMs - right.endMs);
    if (next === undefined || next.endMs > STUCK_AFTER_MS) {
      throw new Error('everything waits, and for nothing');
    }
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.endMs);
    next.run();
  }
}
