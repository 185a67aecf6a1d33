/**
 * The independent check: does every target hold exactly the rows of the order source that belong there, byte for byte?
 * It shares no code with the write path; assign-tables.ts knows the routing in its own words.
 *
 * Source and targets are read one after the other, each in a snapshot of its own: while the source is written to, changes
 * on their way show as differences. `waitMs` repeats the check until all is equal.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assignDeliveryTables, assignOrderTables, type TargetTables } from './assign-tables.ts';
import { compareTable, isEqual, type TablePair, type TableResult } from './compare-table.ts';
import type { Endpoint, OrderEndpoints } from './endpoints.ts';
import { Snapshot } from './table-scan.ts';

export interface CompareOptions {
  readonly endpoints: OrderEndpoints;
  /** Repeats until equal, but not longer than this; 0 looks once. */
  readonly waitMs?: number | undefined;
  readonly onTable?: ((result: TableResult) => void) | undefined;
}

export interface CompareResult {
  readonly equal: boolean;
  readonly tables: readonly TableResult[];
  /** Deliveries at the source whose product order does not exist: expected nowhere. */
  readonly deliveriesWithoutSeller: number;
  readonly rounds: number;
}

const PAUSE_BETWEEN_ROUNDS_MS = 500;

/** @throws Error when a database cannot be read */
export async function compareAll(options: CompareOptions): Promise<CompareResult> {
  const deadlineMs = performance.now() + (options.waitMs ?? 0);
  for (let rounds = 1; ; rounds++) {
    const result = await compareOnce(options, rounds);
    if (result.equal || performance.now() >= deadlineMs) {
      return result;
    }
    await sleep(Math.min(PAUSE_BETWEEN_ROUNDS_MS, Math.max(0, deadlineMs - performance.now())));
  }
}

async function compareOnce({ endpoints, onTable }: CompareOptions, rounds: number): Promise<CompareResult> {
  const { source: order, sellers, six } = endpoints;
  const source = await Snapshot.open(order);
  try {
    const tables = await compareTargets(source, assignOrderTables(endpoints), onTable);
    if (six !== undefined) {
      tables.push(...(await compareDelivery(six.delivery, sellers, onTable)));
    }
    const deliveriesWithoutSeller = await source.count(
      'delivery d LEFT JOIN product_order p ON p.product_order_no = d.product_order_no',
      'p.product_order_no IS NULL',
    );
    return { equal: tables.every(isEqual), tables, deliveriesWithoutSeller, rounds };
  } finally {
    source.close();
  }
}

async function compareDelivery(
  delivery: Endpoint,
  sellers: readonly Endpoint[],
  onTable: CompareOptions['onTable'],
): Promise<TableResult[]> {
  const source = await Snapshot.open(delivery);
  try {
    return await compareTargets(source, assignDeliveryTables(sellers), onTable);
  } finally {
    source.close();
  }
}

async function compareTargets(
  source: Snapshot,
  targets: readonly TargetTables[],
  onTable: CompareOptions['onTable'],
): Promise<TableResult[]> {
  const tables: TableResult[] = [];
  for (const { endpoint, pairs } of targets) {
    for (const result of await compareTarget(endpoint, pairs, source)) {
      onTable?.(result);
      tables.push(result);
    }
  }
  return tables;
}

async function compareTarget(
  endpoint: Endpoint,
  pairs: readonly TablePair[],
  source: Snapshot,
): Promise<TableResult[]> {
  const target = await Snapshot.open(endpoint);
  try {
    const results: TableResult[] = [];
    for (const pair of pairs) {
      results.push(await compareTable(pair, source, target));
    }
    return results;
  } finally {
    target.close();
  }
}
