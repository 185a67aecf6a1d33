/**
 * The background article's way from one row at a time to what ergate does, as settings of one and the same sink. The four
 * rungs come first, each with all that is below it; then the top again, each time with one thing off.
 */
import type { Contestant } from '../drain/contestant.ts';
import { buildErgate } from '../drain/ergate-contestant.ts';

export interface LadderStep {
  readonly name: string;
  readonly title: string;
  readonly batch: 'one row' | 'fixed' | 'dynamic';
  readonly lanes: number;
  readonly flush: 'whenIdle' | 'fillWindow';
}

/** The middle of what the dynamic quota moves within. */
const FIXED_ROWS = 200;
/** More gave latency only where client and server share two cores (ADR 0002). */
const LANES = 4;

const BATCHES: Readonly<Record<LadderStep['batch'], object>> = {
  'one row': { minRows: 1, maxRows: 1 },
  fixed: { minRows: FIXED_ROWS, maxRows: FIXED_ROWS },
  dynamic: {},
};

export const LADDER: readonly LadderStep[] = [
  { name: 'single', title: 'single row', batch: 'one row', lanes: 1, flush: 'whenIdle' },
  { name: 'batch', title: '+ batch', batch: 'fixed', lanes: 1, flush: 'whenIdle' },
  { name: 'dynamic', title: '+ dynamic batch', batch: 'dynamic', lanes: 1, flush: 'whenIdle' },
  { name: 'lanes', title: '+ lanes by key and table', batch: 'dynamic', lanes: LANES, flush: 'whenIdle' },
];

export const WITHOUT: readonly LadderStep[] = [
  { name: 'no-batch', title: 'all but the batch', batch: 'one row', lanes: LANES, flush: 'whenIdle' },
  { name: 'no-dynamic', title: 'all but the dynamic quota', batch: 'fixed', lanes: LANES, flush: 'whenIdle' },
  { name: 'no-idle', title: 'all, but waiting for the window', batch: 'dynamic', lanes: LANES, flush: 'fillWindow' },
];

/** One row at a time takes as long as the floor does. */
export function isSlow({ batch }: LadderStep): boolean {
  return batch === 'one row';
}

export function buildContestant({ name, title, batch, lanes, flush }: LadderStep): Contestant {
  return buildErgate({ name, title, pipeline: { lanes, batch: { flush, ...BATCHES[batch] } } });
}
