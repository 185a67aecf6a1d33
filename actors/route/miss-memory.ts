/**
 * Keys that had no answer a moment ago, so that a wrong row that changes all the time does not have the source asked all the
 * time. Kept for a moment only: what is missing now may be there soon.
 */
import { copyText } from '../../protocol/change/decode/copy-text.ts';
import type { Clock } from '../../protocol/clock.ts';

/** About 100 bytes each. */
const MAX_KEYS = 10_000;
/** Guess: long against the time between two queries, short against the time in which a person looks. */
export const MISS_KEPT_MS = 1_000;

export class MissMemory {
  readonly #clock: Clock;
  /** Key to the moment at which it is forgotten, the oldest first. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param askedMs monotonic: when the question was sent, since what came later cannot be in its answer */
  note(key: string, askedMs: number): void {
    this.#until.delete(key);
    this.#until.set(copyText(key), askedMs + MISS_KEPT_MS);
    if (this.#until.size > MAX_KEYS) {
      const [oldest] = this.#until.keys();
      this.#until.delete(oldest ?? '');
    }
  }

  forget(key: string): void {
    this.#until.delete(key);
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) {
      return false;
    }
    if (this.#clock.monotonicMs() < until) {
      return true;
    }
    this.#until.delete(key);
    return false;
  }
}
