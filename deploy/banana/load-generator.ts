/**
 * The load on a source: a few writers, each with orders (or parcels) of its own, that hold a rate of row changes per second.
 * What they write depends on the seed alone (and on which transactions a failing source refused); when, on the clock.
 */
import { LoadCounters, type LoadReport } from './load-report.ts';
import { OrderWriter } from './order-writer.ts';
import { Pace } from './pace.ts';
import { type SourceServer, SourceSession } from './source-session.ts';
import { WallMicros } from './wall-micros.ts';
import { orderWorkload, type Workload } from './workload.ts';

export interface LoadOptions {
  readonly server: SourceServer;
  /** Default: orders. */
  readonly workload?: Workload | undefined;
  /** Row changes per second over all writers. */
  readonly rate: number;
  readonly seed: number;
  /** Connections; each writes one transaction at a time. */
  readonly writers?: number | undefined;
  /** Ends by itself after about so many row changes (the last transactions are finished). */
  readonly maxChanges?: number | undefined;
  /** Finished orders kept before old ones are purged; small numbers bring more deletes. */
  readonly keepFinished?: number | undefined;
  /** Called after each second with the changes committed in it. */
  readonly onSecond?: ((changes: number) => void) | undefined;
}

const DEFAULT_WRITERS = 2;
const DEFAULT_KEEP_FINISHED = 100;
/** Changes that fell due up to this long ago are still sent after a hold-up. */
const CATCH_UP_MS = 1_000;
const NO_STEP = 1_000_000;

export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #counters = new LoadCounters();
  readonly #abort = new AbortController();
  #paces: Pace[] = [];
  #stopping = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Creates missing tables and connects; resolves when the writers run. @throws Error when the source is away. */
  async start(): Promise<void> {
    const { server, workload = orderWorkload, writers = DEFAULT_WRITERS, onSecond } = this.#options;
    const sessions: SourceSession[] = [];
    try {
      for (let writer = 0; writer < writers; writer++) {
        sessions.push(await SourceSession.open(server, buildLockName(server, writer)));
      }
      const firstNo = await prepareTables(sessions[0], workload);
      this.#paces = sessions.map(() => new Pace(this.#options.rate / writers, CATCH_UP_MS, performance.now()));
      const ticker = setInterval(() => {
        const changes = this.#counters.tick();
        onSecond?.(changes);
      }, 1_000);
      const clock = new WallMicros();
      const running = sessions.map((session, writer) => this.#buildWriter({ session, writer, firstNo, clock }).run());
      this.#ended = Promise.all(running).then(
        () => clearInterval(ticker),
        (error: unknown) => {
          clearInterval(ticker);
          this.#abort.abort();
          throw error;
        },
      );
      this.#ended.catch(() => {}); // seen by whoever waits in ended() or stop()
    } catch (error) {
      for (const session of sessions) {
        session.close();
      }
      throw error;
    }
  }

  /** Resolves when all writers have ended: after stop, or when maxChanges are written. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /**
   * Sends nothing new and waits for the outcome of what was sent.
   *
   * @param deadlineMs how long to wait for a source that is away; then the last outcomes stay unknown
   */
  async stop(deadlineMs = 20_000): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => this.#abort.abort(), deadlineMs);
    try {
      await this.#ended;
    } finally {
      clearTimeout(timer);
    }
  }

  report(): LoadReport {
    return this.#counters.report(Math.round(this.#paces.reduce((sum, pace) => sum + pace.givenUp, 0)));
  }

  #buildWriter(part: {
    readonly session: SourceSession;
    readonly writer: number;
    readonly firstNo: number;
    readonly clock: WallMicros;
  }): OrderWriter {
    const { server, workload = orderWorkload, rate, seed, writers = DEFAULT_WRITERS } = this.#options;
    const { keepFinished: keep = DEFAULT_KEEP_FINISHED } = this.#options;
    const { writer, firstNo, clock } = part;
    const life = workload.buildLife({ seed, writer, writers, firstNo, keep });
    const pace = this.#paces[writer] ?? new Pace(rate / writers, CATCH_UP_MS, performance.now());
    const lock = buildLockName(server, writer);
    const goesOn = () => !this.#stopping && this.#counters.changes < (this.#options.maxChanges ?? Infinity);
    return new OrderWriter(
      { server, lock, life, pace, counters: this.#counters, clock, goesOn },
      part.session,
      this.#abort.signal,
    );
  }
}

/** One generator per source database: a second one would take the same locks. */
function buildLockName(server: SourceServer, writer: number): string {
  return `banana:${server.database}:${writer}`;
}

/** Numbers of a new run start at the next million, so that no key of an earlier run is used again. */
async function prepareTables(session: SourceSession | undefined, workload: Workload): Promise<number> {
  for (const statement of workload.schema) {
    await session?.write(statement);
  }
  const highest = Number(await session?.readOne(workload.highestNo));
  return (Math.floor(highest / NO_STEP) + 1) * NO_STEP;
}
