/**
 * Looks, while a target is away, at how far a healthy one is behind the source, and at the memory of the nodes. How far
 * behind is asked of the target itself: now, minus the time that the load stamped on its newest row.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import type { Drill } from './drill.ts';

export interface OutageSample {
  /** Since the watch began. */
  readonly atSeconds: number;
  readonly behindMs: number;
  /** Of each node, in the order of their names. */
  readonly rssMegabytes: readonly number[];
}

const LOOK_EVERY_MS = 100;

/** Until the signal. @param healthy has the table product_order */
export async function watchOutage(
  drill: Drill,
  healthy: Endpoint,
  signal: AbortSignal,
): Promise<readonly OutageSample[]> {
  const { host, port, user, password, database } = healthy;
  const connection = await mysql.createConnection({ host, port, user, password, database, timezone: 'Z' });
  const samples: OutageSample[] = [];
  const startMs = performance.now();
  try {
    while (!signal.aborted) {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(
        'SELECT CAST(UNIX_TIMESTAMP(MAX(updated_at)) * 1000 AS DOUBLE) AS newest FROM product_order',
      );
      const nodes = (drill.status?.nodes ?? []).toSorted((one, other) => one.node.localeCompare(other.node));
      samples.push({
        atSeconds: (performance.now() - startMs) / 1_000,
        behindMs: Math.round(Date.now() - Number(rows[0]?.['newest'])),
        rssMegabytes: nodes.map(({ rssBytes }) => Math.round(rssBytes / 1024 / 1024)),
      });
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    connection.destroy();
  }
  return samples;
}

export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
