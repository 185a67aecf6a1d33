/** What the status says of the replication and of the nodes, second by second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from './drill.ts';

export interface LoadSample {
  /** Since the watch began. */
  readonly atSeconds: number;
  /** Commit at the source to commit at the target, of the changes of about the last minute. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly changesPerSecond: number;
  /** Of each node, in the order of their names. */
  readonly rssMegabytes: readonly number[];
}

const LOOK_EVERY_MS = 1_000;
const MEGABYTE = 1_048_576;

export async function watchLoad(drill: Drill, forMs: number): Promise<readonly LoadSample[]> {
  const samples: LoadSample[] = [];
  const startMs = performance.now();
  while (performance.now() - startMs < forMs) {
    const { status } = drill;
    if (status !== undefined) {
      const { recentLatencyP50Ms, recentLatencyP99Ms, changesPerSecond } = status.summary;
      const nodes = status.nodes.toSorted((one, other) => one.node.localeCompare(other.node));
      samples.push({
        atSeconds: (performance.now() - startMs) / 1_000,
        latencyP50Ms: recentLatencyP50Ms,
        latencyP99Ms: recentLatencyP99Ms,
        changesPerSecond,
        rssMegabytes: nodes.map(({ rssBytes }) => Math.round(rssBytes / MEGABYTE)),
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
  return samples;
}

export function worstOf(samples: readonly LoadSample[], measure: (sample: LoadSample) => number): number {
  return Math.max(...samples.map(measure));
}

export function describeLoad(samples: readonly LoadSample[]): string {
  const every = Math.max(1, Math.floor(samples.length / 6));
  return samples
    .filter((_, index) => index % every === 0 || index === samples.length - 1)
    .map(
      ({ atSeconds, latencyP50Ms, latencyP99Ms, changesPerSecond, rssMegabytes }) =>
        `${atSeconds.toFixed(0)} s: p50 ${Math.round(latencyP50Ms)} p99 ${Math.round(latencyP99Ms)} ms, ${Math.round(changesPerSecond)}/s, ${rssMegabytes.join(' + ')} MB`,
    )
    .join('; ');
}
