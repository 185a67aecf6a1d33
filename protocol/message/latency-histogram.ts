/**
 * Latencies as counts in log-spaced buckets: small enough for every heartbeat, exact enough for percentiles, and the
 * histograms of several sinks add up to the one of all.
 *
 * Bucket 0 holds 0 to 0.05 ms; bucket i > 0 holds FIRST_MS·GROWTH^(i-1) < latency <= FIRST_MS·GROWTH^i. A percentile
 * is the geometric middle of its bucket: at most sqrt(GROWTH) - 1 = 4.9 % off from 0.05 ms on. The last bucket ends above
 * two days; what is longer is counted there.
 */
import type { LatencySnapshot } from './actor-status.ts';

const FIRST_MS = 0.05;
const GROWTH = 1.1;
const BUCKETS = 232;
const PER_LN = 1 / Math.log(GROWTH);

export const EMPTY_LATENCY: LatencySnapshot = { counts: {}, count: 0, maxMs: 0 };

/**
 * @param latencyMs ms; below zero (clocks of two machines disagree) or not a number counts as 0
 * @returns integer within [0, 231]
 */
function latencyBucket(latencyMs: number): number {
  if (!(latencyMs > FIRST_MS)) {
    return 0;
  }
  // The tiny step back keeps a bound that is not exact in binary in the bucket that it closes.
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / FIRST_MS) * PER_LN - 1e-9));
}

/** Collects while an actor runs. One per actor; `record` allocates nothing. */
export class LatencyRecorder {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  /** @param times how many changes had this latency, such as all of one source commit in a batch */
  record(latencyMs: number, times = 1): void {
    const bucket = latencyBucket(latencyMs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#count += times;
    if (latencyMs > this.#maxMs) {
      this.#maxMs = latencyMs;
    }
  }

  snapshot(): LatencySnapshot {
    const counts: Record<number, number> = {};
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0) {
        counts[bucket] = count;
      }
    }
    return { counts, count: this.#count, maxMs: this.#maxMs };
  }
}

/** All of them as one; their order does not matter. */
export function mergeLatencies(snapshots: readonly LatencySnapshot[]): LatencySnapshot {
  const counts: Record<number, number> = {};
  let count = 0;
  let maxMs = 0;
  for (const snapshot of snapshots) {
    for (const [bucket, added] of Object.entries(snapshot.counts)) {
      counts[Number(bucket)] = (counts[Number(bucket)] ?? 0) + added;
    }
    count += snapshot.count;
    maxMs = Math.max(maxMs, snapshot.maxMs);
  }
  return { counts, count, maxMs };
}

/**
 * What was recorded between two snapshots of one recorder. Its `maxMs` is that of the newer one: the maximum of the
 * time between is not known any more.
 */
export function subtractLatency(newer: LatencySnapshot, older: LatencySnapshot): LatencySnapshot {
  const counts: Record<number, number> = {};
  let count = 0;
  for (const [bucket, total] of Object.entries(newer.counts)) {
    const left = total - (older.counts[Number(bucket)] ?? 0);
    if (left > 0) {
      counts[Number(bucket)] = left;
      count += left;
    }
  }
  return { counts, count, maxMs: count === 0 ? 0 : newer.maxMs };
}

/**
 * The latency that `share` of the recorded changes did not exceed.
 *
 * @param share within [0, 1]: 0.5 is the median
 * @returns ms, at most 4.9 % off; 0 when nothing was recorded
 */
export function latencyPercentile(snapshot: LatencySnapshot, share: number): number {
  if (snapshot.count === 0) {
    return 0;
  }
  const rank = Math.max(1, Math.ceil(share * snapshot.count));
  let seen = 0;
  for (const bucket of Object.keys(snapshot.counts)
    .map(Number)
    .toSorted((left, right) => left - right)) {
    seen += snapshot.counts[bucket] ?? 0;
    if (seen >= rank) {
      return Math.min(middleOf(bucket), snapshot.maxMs);
    }
  }
  return snapshot.maxMs;
}

function middleOf(bucket: number): number {
  return bucket === 0 ? FIRST_MS / 2 : FIRST_MS * GROWTH ** (bucket - 0.5);
}
