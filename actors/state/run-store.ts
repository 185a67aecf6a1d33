/**
 * Repairs that people order for many rows at once. A plan says what a look at the rows has found; a run puts an order on
 * each, and the recovery actors carry them out. All of it is rows: whoever began a run may go, and it goes on.
 *
 * All reject with ERG_5001, ERG_5002.
 */
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { CaseState } from './case.ts';

/** planned: nothing is ordered · ended: nothing of it is left to do · stopped: what had not been begun is not done */
export const RUN_STATES = ['planned', 'running', 'paused', 'stopped', 'ended'] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * What a look at a row has found. insert, update, delete: what would be written · equal: nothing to do · moving, unreadable:
 * the look told nothing · unseen: not looked at
 */
export const RUN_ACTIONS = ['insert', 'update', 'delete', 'equal', 'moving', 'unreadable', 'unseen'] as const;
export type RunAction = (typeof RUN_ACTIONS)[number];

export interface RunItem {
  readonly partition: number;
  readonly row: RowName;
  /** Null: the row has none. */
  readonly caseId: bigint | null;
  readonly action: RunAction;
}

export interface NewPlan {
  readonly pipeline: string;
  /** For people: what was asked for. */
  readonly selection: string;
  readonly by: string;
  /** Rows that were looked at, also those that turned out to be right and are no item. */
  readonly lookedAt: number;
  readonly items: readonly RunItem[];
}

export interface Run {
  readonly id: bigint;
  readonly pipeline: string;
  readonly state: RunState;
  readonly selection: string;
  readonly items: number;
  /** Rows that the plan looked at. */
  readonly lookedAt: number;
  readonly plannedBy: string;
  readonly plannedMs: number;
  readonly validUntilMs: number;
  readonly startedBy: string | null;
  readonly startedMs: number | null;
  readonly mayDelete: boolean;
  readonly reason: string | null;
  /** Items that are ordered, or need no order. */
  readonly placedItems: number;
  readonly endedMs: number | null;
}

export interface RunProgress {
  readonly run: Run;
  /** Items by what the look had found. */
  readonly actions: Readonly<Partial<Record<RunAction, number>>>;
  readonly orders: { readonly open: number; readonly done: number; readonly refused: number };
  /** Cases of the run: open ones by state, closed ones by how they ended. */
  readonly open: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
}

export interface RunStart {
  readonly by: string;
  readonly reason: string;
  /** Rows that the source does not have are deleted too. */
  readonly mayDelete: boolean;
}

/**
 * empty: nothing is to be repaired · not-planned: it was started before · expired: the rows may be different by now ·
 * same-person: another has to start it
 */
export type StartOutcome = 'started' | 'unknown' | 'empty' | 'not-planned' | 'expired' | 'same-person';

export interface RunStore {
  addPlan(plan: NewPlan): Promise<Run>;
  start(id: bigint, start: RunStart): Promise<StartOutcome>;
  /**
   * Orders the next items of a run that is running; may be called by anybody, at any time, again.
   * @returns how many are left
   */
  placeItems(id: bigint, limit: number): Promise<number>;
  /** @returns false when it is in no state for that */
  move(
    id: bigint,
    to: 'running' | 'paused' | 'stopped',
    note: { readonly by: string; readonly reason: string },
  ): Promise<boolean>;
  find(id: bigint): Promise<Run | undefined>;
  /** Marks it as ended when nothing is left to do. */
  progress(id: bigint): Promise<RunProgress | undefined>;
  /** The newest first. */
  list(pipelines: readonly string[], limit: number): Promise<readonly Run[]>;
}

/** How long rows that were looked at are taken to be as they were. */
export const PLAN_VALID_MS = 15 * 60_000;
/** More writes than this in one run, or any delete, take two persons: one who plans and one who runs. */
export const MAX_ROWS_ALONE = 1_000;

/**
 * States of a case that a run still has to do with. One that is repaired waits for its second look only; one that waits has
 * its order open, which is counted by itself, or was wrong again after the run was done with it.
 */
export const UNDER_WAY_STATES: readonly CaseState[] = ['checking', 'held', 'repairing', 'retryWait'];
