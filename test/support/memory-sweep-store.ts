import type { SweepOrder, SweepRun, SweepStore, TableProgress } from '../../actors/state/sweep-store.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SweptTable } from '../../protocol/message/verification-status.ts';

type StoredRun = { -readonly [Key in keyof SweepRun]: SweepRun[Key] } & { placeEpoch: number };

export class MemorySweepStore implements SweepStore {
  /** All that was saved, in order. */
  readonly saved: TableProgress[] = [];
  /** Every call rejects with it. */
  failure: ReplicationError | undefined;
  readonly #clock: Clock;
  readonly #runs: StoredRun[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async order(order: SweepOrder): Promise<number> {
    this.#begin();
    const id = this.#runs.length + 1;
    const times = { orderedMs: this.#clock.wallMs(), startedMs: null, endedMs: null };
    this.#runs.push({ ...order, ...times, id, state: 'waiting', reason: null, tables: [], placeEpoch: 0 });
    return id;
  }

  async next(pipeline: string, placeEpoch: number): Promise<SweepRun | undefined> {
    this.#begin();
    const rank = ({ origin, state, id }: StoredRun) =>
      (origin === 'order' ? 0 : 2e6) + (state === 'running' ? 0 : 1e6) + id;
    const [run] = this.#runs
      .filter((one) => one.pipeline === pipeline && isOpen(one))
      .sort((left, right) => rank(left) - rank(right));
    if (run === undefined) {
      return undefined;
    }
    run.placeEpoch = Math.max(run.placeEpoch, placeEpoch);
    run.state = 'running';
    run.startedMs ??= this.#clock.wallMs();
    return { ...this.#own(run.id, placeEpoch) };
  }

  async saveTable(id: number, placeEpoch: number, progress: TableProgress): Promise<void> {
    this.#begin();
    const run = this.#own(id, placeEpoch);
    const saved = { ...progress, endedMs: progress.isEnded ? this.#clock.wallMs() : null };
    this.saved.push(saved);
    run.tables = [...run.tables.filter(({ table }) => table !== progress.table), saved];
  }

  async end(id: number, placeEpoch: number, { state, reason }: Parameters<SweepStore['end']>[2]): Promise<void> {
    this.#begin();
    Object.assign(this.#own(id, placeEpoch), { state, reason, endedMs: this.#clock.wallMs() });
  }

  async stop(id: number): Promise<boolean> {
    this.#begin();
    const run = this.#runs.find((one) => one.id === id);
    if (run === undefined || !isOpen(run)) {
      return false;
    }
    run.state = 'stopped';
    run.endedMs = this.#clock.wallMs();
    return true;
  }

  /** As if another version had written what is to be compared. */
  spoilScope(id: number): void {
    const run = this.#runs.find((one) => one.id === id);
    if (run !== undefined) {
      run.scope = undefined;
    }
  }

  async find(id: number): Promise<SweepRun | undefined> {
    this.#begin();
    const run = this.#runs.find((one) => one.id === id);
    return run === undefined ? undefined : { ...run };
  }

  async list(pipeline: string | undefined, limit: number): Promise<readonly SweepRun[]> {
    this.#begin();
    return this.#runs
      .filter((run) => pipeline === undefined || run.pipeline === pipeline)
      .slice(-limit)
      .reverse();
  }

  async hasOrders(pipeline: string): Promise<boolean> {
    this.#begin();
    return this.#runs.some((run) => run.pipeline === pipeline && run.origin === 'order' && isOpen(run));
  }

  async listSwept(pipeline: string): Promise<readonly SweptTable[]> {
    this.#begin();
    const swept = new Map<string, SweptTable>();
    for (const run of this.#runs) {
      const isWhole = run.scope?.keys === undefined && run.scope?.sinceMs === undefined;
      for (const { table, rows, mismatches, unjudged, endedMs, reason } of run.tables) {
        if (run.pipeline === pipeline && isWhole && endedMs !== null && reason === null) {
          const cleanEpoch = mismatches + unjudged === 0 ? run.id : swept.get(table)?.cleanEpoch;
          swept.set(table, { table, epoch: run.id, endedMs, rows, mismatches, cleanEpoch });
        }
      }
    }
    return [...swept.values()].sort((left, right) => (left.table < right.table ? -1 : 1));
  }

  async readScheduleAgeMs(pipeline: string): Promise<number | undefined> {
    this.#begin();
    const newest = this.#runs.findLast((run) => run.pipeline === pipeline && run.origin === 'schedule');
    return newest === undefined ? undefined : this.#clock.wallMs() - (newest.startedMs ?? newest.orderedMs);
  }

  #begin(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  #own(id: number, placeEpoch: number): StoredRun {
    const run = this.#runs.find((one) => one.id === id);
    if (run?.state !== 'running' || run.placeEpoch !== placeEpoch) {
      throw new ReplicationError('ERG_4104', `sweep ${id} is ${run?.state}, of place ${run?.placeEpoch}`);
    }
    return run;
  }
}

function isOpen({ state }: StoredRun): boolean {
  return state === 'waiting' || state === 'running';
}
