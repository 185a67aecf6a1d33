import type { ChaosProxy } from './chaos-proxy/chaos-proxy.ts';

interface Most {
  readonly links: number;
  readonly waiting: number;
}

const LOOK_MS = 10;

/** How much is under way at a server behind a proxy, at most. */
export class LinkWatch implements Disposable {
  readonly #proxy: ChaosProxy;
  readonly #waiting: () => number;
  readonly #timer: NodeJS.Timeout;
  #most: Most = { links: 0, waiting: 0 };
  #before: Most = { links: 0, waiting: 0 };
  #atRestart = 0;
  #acceptedBefore: number;

  /** @param waiting how many callers wait for an answer */
  constructor(proxy: ChaosProxy, waiting: () => number) {
    this.#proxy = proxy;
    this.#waiting = waiting;
    this.#acceptedBefore = proxy.accepted;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Since the restart. */
  get most(): Most {
    return this.#most;
  }

  /** From the beginning to the restart. */
  get before(): Most {
    return this.#before;
  }

  get atRestart(): number {
    return this.#atRestart;
  }

  /** Links that were opened since the restart. */
  get accepted(): number {
    return this.#proxy.accepted - this.#acceptedBefore;
  }

  restart(): void {
    this.#before = this.#most;
    this.#most = { links: 0, waiting: 0 };
    this.#atRestart = this.#proxy.clients;
    this.#acceptedBefore = this.#proxy.accepted;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { links, waiting } = this.#most;
    this.#most = {
      links: Math.max(links, this.#proxy.clients),
      waiting: Math.max(waiting, this.#waiting()),
    };
  }
}
