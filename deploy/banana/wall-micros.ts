const MAX_DRIFT_MS = 2;

/**
 * Now in microseconds since 1970 UTC: the machine's clock, with the digits below a millisecond from the monotonic one.
 * Off by at most 2 ms after the clock was set; never the same or an earlier time twice while it is not set back.
 */
export class WallMicros {
  #offsetMs = performance.timeOrigin;
  #last = 0;

  now(): number {
    const monotonicMs = performance.now();
    const wallMs = Date.now();
    const deviation = wallMs - (monotonicMs + this.#offsetMs);
    if (deviation > MAX_DRIFT_MS || deviation < -MAX_DRIFT_MS) {
      this.#offsetMs = wallMs - monotonicMs;
      this.#last = 0;
    }
    const micros = Math.floor((monotonicMs + this.#offsetMs) * 1_000);
    this.#last = Math.max(micros, this.#last + 1);
    return this.#last;
  }
}

/** Microseconds since 1970 as a DATETIME(6) literal, UTC. */
export function sqlMicros(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000);
  const rest = String(micros % 1_000).padStart(3, '0');
  const text = new Date(milliseconds).toISOString();
  return `'${text.slice(0, 10)} ${text.slice(11, 23)}${rest}'`;
}
