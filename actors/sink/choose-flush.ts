/**
 * When a lane that is not writing takes its next batch. Pure.
 *
 * whenIdle    at once, whatever is there: a change never waits for others.
 * fillWindow  when as many changes wait as the quota allows, or when the oldest has waited for the window: what the
 *             background article does. Fewer and larger transactions, for the price of the wait.
 */
export interface FlushRule {
  readonly flush: 'whenIdle' | 'fillWindow';
  /** Of fillWindow, ms. */
  readonly window: number;
}

/** What waits in front of a lane's writer, oldest first. */
export interface WaitingEntries {
  readonly length: number;
  /** Monotonic, ms. @param place from 0, below the length */
  arrivedMs(place: number): number;
}

export interface Flush {
  /** ms; 0: now. Infinity: until something is pushed. */
  readonly waitMs: number;
  /** How long the batch took to fill, ms; Infinity: it did not within the window; undefined: the batch itself tells. */
  readonly fillMs?: number;
}

const NOW: Flush = { waitMs: 0 };
const WHEN_PUSHED: Flush = { waitMs: Number.POSITIVE_INFINITY };

/** @param quotaRows > 0 @param nowMs monotonic */
export function chooseFlush(
  waiting: WaitingEntries,
  quotaRows: number,
  { flush, window }: FlushRule,
  nowMs: number,
): Flush {
  if (waiting.length === 0) {
    return WHEN_PUSHED;
  }
  if (flush === 'whenIdle') {
    return NOW;
  }
  const oldestMs = waiting.arrivedMs(0);
  if (waiting.length >= quotaRows) {
    return { waitMs: 0, fillMs: waiting.arrivedMs(quotaRows - 1) - oldestMs };
  }
  const waitMs = oldestMs + window - nowMs;
  return waitMs > 0 ? { waitMs } : { waitMs: 0, fillMs: Number.POSITIVE_INFINITY };
}
