/**
 * Ends all that is waited for at once. One promise that everything is raced against would do the same, but keeps what each of
 * these races came to until it settles itself, which is at the end of the process.
 */
export class Interrupt {
  readonly #waiting = new Set<(reason: Error) => void>();
  #reason: Error | undefined;

  /** The first reason stays. */
  fire(reason: Error): void {
    if (this.#reason !== undefined) {
      return;
    }
    this.#reason = reason;
    for (const reject of this.#waiting) {
      reject(reason);
    }
    this.#waiting.clear();
  }

  /**
   * What `work` comes to, or a rejection with the reason. The work itself is not ended; what it comes to later is nobody's
   * business.
   */
  async orFired<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    if (this.#reason === undefined) {
      this.#waiting.add(reject);
    } else {
      reject(this.#reason);
    }
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.#waiting.delete(reject);
    }
  }
}
