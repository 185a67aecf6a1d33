/**
 * Generations of places: leader epoch · 2^20 + a counter. Each leader epoch is higher than any before it (the state
 * database sees to it), so each place is higher than any that an earlier supervisor gave, without a word between them.
 *
 * A place epoch stays a safe integer for 2^33 leader epochs; Kafka's claims and the fence rows hold 64 bits. After a million
 * places the supervisor takes the next leader epoch.
 */
const PLACES_PER_LEADER = 2 ** 20;

export class PlaceEpochs {
  readonly #first: number;
  #last: number;

  /** @param leaderEpoch integer within [1, 2^33) */
  constructor(leaderEpoch: number) {
    this.#first = leaderEpoch * PLACES_PER_LEADER;
    this.#last = this.#first;
  }

  get isSpent(): boolean {
    return this.#last >= this.#first + PLACES_PER_LEADER - 1;
  }

  /** Higher than any before it. Not to be asked when spent. */
  next(): number {
    this.#last++;
    return this.#last;
  }
}

/** The leader epoch under which a place was given. */
export function leaderEpochOf(placeEpoch: number): number {
  return Math.floor(placeEpoch / PLACES_PER_LEADER);
}
