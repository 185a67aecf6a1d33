import type { LoadGenerator } from '../banana/load-generator.ts';
import type { LoadReport } from '../banana/load-report.ts';

/** The loads of all sources, as if they were one. */
export class DemoLoad {
  readonly #generators: readonly LoadGenerator[];

  constructor(generators: readonly LoadGenerator[]) {
    this.#generators = generators;
  }

  async start(): Promise<void> {
    for (const generator of this.#generators) {
      await generator.start();
    }
  }

  /** Resolves when all have ended. @throws Error of the first that could not go on */
  ended(): Promise<void> {
    const ended = Promise.all(this.#generators.map((generator) => generator.ended())).then(() => {});
    ended.catch(() => {}); // seen by whoever waits, here or in stop()
    return ended;
  }

  /** Waits for all, whatever becomes of one. @throws Error of the first that could not go on */
  async stop(): Promise<void> {
    const stopping = this.#generators.map((generator) => generator.stop());
    await Promise.allSettled(stopping);
    await Promise.all(stopping);
  }

  report(): LoadReport {
    return this.#generators.map((generator) => generator.report()).reduce(addReports);
  }
}

export function addReports(left: LoadReport, right: LoadReport): LoadReport {
  const seconds = Math.min(left.perSecond.length, right.perSecond.length); // the newest may be missing of one yet
  return {
    transactions: left.transactions + right.transactions,
    changes: left.changes + right.changes,
    givenUp: left.givenUp + right.givenUp,
    reconnects: left.reconnects + right.reconnects,
    foundCommitted: left.foundCommitted + right.foundCommitted,
    foundMissing: left.foundMissing + right.foundMissing,
    surprises: left.surprises + right.surprises,
    lastError: left.lastError ?? right.lastError,
    perSecond: left.perSecond.slice(0, seconds).map((changes, second) => changes + (right.perSecond[second] ?? 0)),
  };
}
