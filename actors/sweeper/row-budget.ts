import type { Clock } from '../../protocol/clock.ts';

/**
 * Rows per second as a token bucket that may be overdrawn: what a read costs is known afterwards, and paid for before the
 * next. Holds one second of rows at most, so that a pause is not made up for at full speed.
 */
export class RowBudget {
  readonly #clock: Clock;
  readonly #rowsPerSecond: number;
  #rows: number;
  #atMs: number;

  constructor(clock: Clock, rowsPerSecond: number) {
    this.#clock = clock;
    this.#rowsPerSecond = rowsPerSecond;
    this.#rows = rowsPerSecond;
    this.#atMs = clock.monotonicMs();
  }

  spend(rows: number): void {
    this.#refill();
    this.#rows -= rows;
  }

  /** How long to wait before the next read, ms; 0: not at all. */
  get debtMs(): number {
    this.#refill();
    return this.#rows >= 0 ? 0 : Math.ceil((-this.#rows / this.#rowsPerSecond) * 1_000);
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#atMs) / 1_000) * this.#rowsPerSecond;
    this.#rows = Math.min(this.#rowsPerSecond, this.#rows + earned);
    this.#atMs = nowMs;
  }
}
