/**
 * An open-loop schedule: changes fall due at a steady rate whether or not the earlier ones went out. After a hold-up the
 * writer catches up, but by at most `catchUpMs` worth of changes; what is older is given up and counted.
 */
export class Pace {
  readonly #changesPerMs: number;
  readonly #catchUpMs: number;
  readonly #startMs: number;
  #sent = 0;
  #givenUp = 0;

  /** @param nowMs monotonic time at which the schedule starts */
  constructor(changesPerSecond: number, catchUpMs: number, nowMs: number) {
    this.#changesPerMs = changesPerSecond / 1_000;
    this.#catchUpMs = catchUpMs;
    this.#startMs = nowMs;
  }

  /** Changes that fell due and were never sent. */
  get givenUp(): number {
    return this.#givenUp;
  }

  sent(changes: number): void {
    this.#sent += changes;
  }

  /** Milliseconds until the next change is due; 0 when it is due now. */
  waitMs(nowMs: number): number {
    const behind = (nowMs - this.#startMs) * this.#changesPerMs - this.#sent - this.#givenUp;
    const mostBehind = this.#catchUpMs * this.#changesPerMs;
    if (behind > mostBehind) {
      this.#givenUp += behind - mostBehind;
    }
    return behind >= 0 ? 0 : -behind / this.#changesPerMs;
  }
}
