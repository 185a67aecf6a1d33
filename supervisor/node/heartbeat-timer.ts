import type { Clock } from '../../protocol/clock.ts';

export interface HeartbeatTimerOptions {
  readonly everyMs: number;
  readonly clock: Clock;
  readonly send: () => void;
}

/** Between two heartbeats at least: an actor that fails in a loop must not flood the supervisor. */
const LEAST_MS = 100;

/** When heartbeats are sent: regularly, and soon after a change. */
export class HeartbeatTimer {
  readonly #options: HeartbeatTimerOptions;
  #cancel: (() => void) | undefined;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #isSoon = false;
  #isStopped = true;

  constructor(options: HeartbeatTimerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    this.#send();
  }

  /** Something that the heartbeat tells has changed. */
  hurry(): void {
    if (this.#isStopped || this.#isSoon) {
      return;
    }
    this.#isSoon = true;
    const { clock } = this.#options;
    // Not at once even when one is due: what changes in the same turn goes with it.
    this.#schedule(Math.max(0, this.#sentAtMs + LEAST_MS - clock.monotonicMs()));
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #send(): void {
    this.#isSoon = false;
    this.#sentAtMs = this.#options.clock.monotonicMs();
    this.#schedule(this.#options.everyMs);
    this.#options.send();
  }

  #schedule(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(ms, () => this.#send());
  }
}
