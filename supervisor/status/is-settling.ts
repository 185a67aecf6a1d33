import type { JobState, JobStatus } from '../../protocol/message/supervisor-status.ts';

/** A job that is placed, moved or started, or waits, for no longer than that is nothing that a person has to look at. */
export const SETTLING_MS = 5_000;

const SETTLING_STATES: ReadonlySet<JobState> = new Set(['unplaced', 'placing', 'starting', 'waiting']);

export function isSettling({ state, sinceMs }: Pick<JobStatus, 'state' | 'sinceMs'>, wallMs: number): boolean {
  return SETTLING_STATES.has(state) && wallMs - sinceMs < SETTLING_MS;
}
