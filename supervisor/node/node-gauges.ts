import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface NodeGauges {
  /** Longest time since the last reading that the event loop was late, ms. */
  readonly eventLoopLagMs: number;
  readonly rssBytes: number;
  /** Of the process since its start. */
  readonly cpuSeconds: number;
}

/** How often the event loop is looked at; a delay shorter than this is not seen. */
const LOOK_EVERY_MS = 20;

/** Reads the load of this process. Measured by the event loop's own timer: nothing per change. */
export class ProcessGauges implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });

  constructor() {
    this.#delay.enable();
  }

  read(): NodeGauges {
    const longestMs = this.#delay.max / 1e6;
    this.#delay.reset();
    const { user, system } = process.cpuUsage();
    return {
      // The histogram counts from one look to the next, so a loop that is never late shows the interval itself.
      eventLoopLagMs: Math.max(0, Math.round((longestMs - LOOK_EVERY_MS) * 10) / 10),
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
    };
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }
}
