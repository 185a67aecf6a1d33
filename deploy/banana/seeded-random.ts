/** Pseudo random numbers that depend on the seed alone (sfc32). Not for secrets. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Equal seeds and streams give equal numbers; streams of one seed are independent. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.imul(stream + 1, 0x9e3779b1);
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let round = 0; round < 15; round++) {
      this.next();
    }
  }

  /** In [0, 1), 32 bits fine. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  /** Whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) {
      throw new RangeError('pick: expected at least one choice');
    }
    return choice;
  }
}

/**
 * Ranks 0..size-1 with Zipf weights: rank r is drawn in proportion to 1/(r+1)^exponent.
 *
 * @returns a function from a number in [0, 1) to a rank
 */
export function buildZipf(size: number, exponent: number): (uniform: number) => number {
  const cumulative = new Float64Array(size);
  let sum = 0;
  for (let rank = 0; rank < size; rank++) {
    sum += 1 / (rank + 1) ** exponent;
    cumulative[rank] = sum;
  }
  return (uniform) => findFirstAbove(cumulative, uniform * sum);
}

function findFirstAbove(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > wanted) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
