/** A parent that comes late: now and then a row lacks its own, one at a time, for fewer tries than make it a finding. */
export class LateParent {
  readonly #random: () => number;
  #row: { readonly key: string; triesLeft: number } | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  isMissing(key: string): boolean {
    if (this.#row === undefined && this.#random() < 0.1) {
      this.#row = { key, triesLeft: this.#random() < 0.5 ? 1 : 2 };
    }
    if (this.#row?.key !== key || this.#row.triesLeft === 0) {
      return false;
    }
    this.#row.triesLeft -= 1;
    return true;
  }

  sawWritten(key: string): void {
    if (this.#row?.key === key) {
      this.#row = undefined;
    }
  }
}
