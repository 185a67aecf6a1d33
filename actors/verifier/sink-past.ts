/**
 * How far the sink was some time ago. A change that it had settled then is as old as that at least: so much is known of it
 * before its record is read.
 */
interface Sighting {
  readonly offset: number;
  /** Monotonic. */
  readonly seenMs: number;
}

export class SinkPast {
  readonly #ageMs: number;
  #sightings: Sighting[] = [];
  #settledBelow = -1;

  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** @param nowMs monotonic */
  saw(offset: number, nowMs: number): void {
    const last = this.#sightings.at(-1)?.offset ?? this.#settledBelow;
    if (offset < last) {
      this.#sightings = []; // it began anew
      this.#settledBelow = -1;
    }
    if (offset !== last) {
      this.#sightings.push({ offset, seenMs: nowMs });
    }
  }

  /** Everything below was settled so long ago; -1 when nothing is known. @param nowMs monotonic */
  settledBelow(nowMs: number): number {
    for (let first = this.#sightings[0]; first !== undefined && first.seenMs + this.#ageMs <= nowMs; ) {
      this.#settledBelow = first.offset;
      this.#sightings.shift();
      first = this.#sightings[0];
    }
    return this.#settledBelow;
  }
}
