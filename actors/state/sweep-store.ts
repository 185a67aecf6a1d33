import type { SweptTable } from '../../protocol/message/verification-status.ts';

/** Sweeps of a pipeline, ordered or due, and how far each has come. The state database is the truth about them. */

export const SWEEP_STATES = ['waiting', 'running', 'done', 'failed', 'stopped'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];

/** What is compared. Undefined means all. */
export interface SweepScope {
  /** Names at the source. */
  readonly tables?: readonly string[] | undefined;
  /** Keys at the source, both ends included; of one table only. */
  readonly keys?:
    | { readonly from?: readonly string[] | undefined; readonly to?: readonly string[] | undefined }
    | undefined;
  /** Wall ms: rows that the source changed since; their extra rows at the target are not looked for. */
  readonly sinceMs?: number | undefined;
}

export interface SweepOrder {
  readonly pipeline: string;
  readonly origin: 'schedule' | 'order';
  readonly scope: SweepScope;
  readonly by: string;
}

export interface SweepRun extends Omit<SweepOrder, 'scope'> {
  /** Undefined: another version wrote it in a way that this one cannot read. */
  readonly scope: SweepScope | undefined;
  /** Its epoch: higher than that of any sweep before. */
  readonly id: number;
  readonly state: SweepState;
  /** Error code and sentence; null when there is nothing to say. */
  readonly reason: string | null;
  /** Wall ms, by the clock of the state database. */
  readonly orderedMs: number;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** Those that were begun. */
  readonly tables: readonly TableProgress[];
}

export interface SweepTotals {
  /** Source rows that were compared with what is at the target. */
  readonly rows: number;
  /** Rows of the target that were read for it. */
  readonly targetRows: number;
  readonly chunks: number;
  /** Rows that differed at first sight. */
  readonly suspects: number;
  readonly mismatches: number;
  /** Rows about which nothing can be said: they changed at every look, or nothing tells where they belong. */
  readonly unjudged: number;
}

export interface TableProgress extends SweepTotals {
  readonly table: string;
  /** Where it goes on; null: at the start. See actors/sweeper/sweep-place.ts. */
  readonly place: string | null;
  /** Why it was not compared, or not wholly; null when there is nothing to say. */
  readonly reason: string | null;
  readonly isEnded: boolean;
  /** Wall ms, by the clock of the state database; null while it goes on. */
  readonly endedMs: number | null;
}

/** Transient: ERG_5001; otherwise a person has to look. */
export interface SweepStore {
  /** @returns its id */
  order(order: SweepOrder): Promise<number>;
  /**
   * The one to work on, claimed for the caller: ordered ones first, begun ones before others. Undefined when there is none.
   */
  next(pipeline: string, placeEpoch: number): Promise<SweepRun | undefined>;
  /** @throws ReplicationError ERG_4104 when the sweep was stopped or claimed by a newer place */
  saveTable(run: number, placeEpoch: number, progress: TableProgress): Promise<void>;
  /** @throws ReplicationError ERG_4104 as saveTable */
  end(
    run: number,
    placeEpoch: number,
    end: { readonly state: 'done' | 'failed'; readonly reason: string | null },
  ): Promise<void>;
  /** @returns false when it had ended, or there is no such sweep */
  stop(run: number): Promise<boolean>;
  find(run: number): Promise<SweepRun | undefined>;
  /** Newest first. */
  list(pipeline: string | undefined, limit: number): Promise<readonly SweepRun[]>;
  /** Whether any were ordered by a person and have not ended. */
  hasOrders(pipeline: string): Promise<boolean>;
  /** Tables that were compared whole, with the newest sweep of each. */
  listSwept(pipeline: string): Promise<readonly SweptTable[]>;
  /** Wall ms since the newest scheduled one was started or ordered; undefined when there never was one. */
  readScheduleAgeMs(pipeline: string): Promise<number | undefined>;
}
