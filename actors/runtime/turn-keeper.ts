/** Lets a few of many do something at the same time; the others wait in line. */
export class TurnKeeper {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param turns at the same time; > 0 */
  constructor(turns: number) {
    this.#free = turns;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#free -= 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free += 1;
      } else {
        next();
      }
    }
  }
}
