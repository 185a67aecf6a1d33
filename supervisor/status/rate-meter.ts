interface Sample {
  readonly atMs: number;
  readonly count: number;
}

/** Long enough that a heartbeat more or less does not show, short enough to follow what happens. */
const WINDOW_MS = 5_000;

/** Rates of counters that only grow, each within the life of one actor. */
export class RateMeter {
  /** By counter: the life that counts, and its newest samples, oldest first. */
  readonly #counters = new Map<string, { life: string; samples: Sample[] }>();

  /**
   * @param life other text when the counter began anew
   * @param atMs monotonic ms at which the count was heard
   */
  add(counter: string, life: string, sample: Sample): void {
    const known = this.#counters.get(counter);
    if (known === undefined || known.life !== life) {
      this.#counters.set(counter, { life, samples: [sample] });
      return;
    }
    const { samples } = known;
    const newest = samples.at(-1);
    if (newest !== undefined && sample.atMs <= newest.atMs) {
      return; // the same heartbeat again
    }
    samples.push(sample);
    while (samples.length > 2 && sample.atMs - (samples[1]?.atMs ?? sample.atMs) >= WINDOW_MS) {
      samples.shift();
    }
  }

  /** @returns per second over the last few seconds; 0 when nothing was heard for that time */
  perSecond(counter: string, nowMs: number): number {
    const samples = this.#counters.get(counter)?.samples ?? [];
    const [oldest, newest] = [samples[0], samples.at(-1)];
    if (oldest === undefined || newest === undefined || oldest === newest || nowMs - newest.atMs > WINDOW_MS) {
      return 0;
    }
    return Math.max(0, ((newest.count - oldest.count) * 1_000) / (newest.atMs - oldest.atMs));
  }

  /** Forgets the counters that are not among these. */
  keepOnly(counters: ReadonlySet<string>): void {
    for (const counter of this.#counters.keys()) {
      if (!counters.has(counter)) {
        this.#counters.delete(counter);
      }
    }
  }
}
