/**
 * What time it is for cases: that of the state database, which all processes share. Its clock may jump. Then this one catches up
 * by running at twice or at half the speed, so that no wait is over in less than half its time, nor takes more than twice as long.
 * Whoever starts takes the time of the database as it is.
 */
import type { Clock } from '../../protocol/clock.ts';

const SLOWEST = 0.5;
const FASTEST = 2;

export class CaseClock {
  readonly #clock: Clock;
  /** At the moment of `#seenMs`. */
  #ownMs: number;
  #databaseMs: number;
  /** Monotonic; undefined before the database was asked. */
  #seenMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ownMs = clock.wallMs();
    this.#databaseMs = this.#ownMs;
  }

  get nowMs(): number {
    return Math.round(this.#ownMs + this.#sinceSeenMs);
  }

  /** For what is limited per time: where the two differ, what was noted by either counts longer, never shorter. */
  get earlierMs(): number {
    return Math.round(Math.min(this.#ownMs, this.#databaseMs) + this.#sinceSeenMs);
  }

  saw(databaseMs: number): void {
    const passedMs = this.#sinceSeenMs;
    const [least, most] = [this.#ownMs + SLOWEST * passedMs, this.#ownMs + FASTEST * passedMs];
    this.#ownMs = this.#seenMs === undefined ? databaseMs : Math.min(most, Math.max(least, databaseMs));
    this.#databaseMs = databaseMs;
    this.#seenMs = this.#clock.monotonicMs();
  }

  get #sinceSeenMs(): number {
    return this.#seenMs === undefined ? 0 : this.#clock.monotonicMs() - this.#seenMs;
  }
}
