import type { Drill } from './drill.ts';

const LOOK_EVERY_MS = 500;

/** The most memory that a node held, beside what it held when the watch began. */
export class MemoryWatch implements Disposable {
  readonly firstMegabytes: number;
  readonly #drill: Drill;
  readonly #timer: NodeJS.Timeout;
  #peakMegabytes: number;

  constructor(drill: Drill) {
    this.#drill = drill;
    this.firstMegabytes = this.#look();
    this.#peakMegabytes = this.firstMegabytes;
    this.#timer = setInterval(() => {
      this.#peakMegabytes = Math.max(this.#peakMegabytes, this.#look());
    }, LOOK_EVERY_MS);
  }

  get peakMegabytes(): number {
    return this.#peakMegabytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Of the node that holds most. */
  #look(): number {
    const bytes = (this.#drill.status?.nodes ?? []).map(({ rssBytes }) => rssBytes);
    return Math.round(Math.max(0, ...bytes) / 1024 / 1024);
  }
}
