/**
 * The independent check: does every target hold exactly the rows of the order source that belong there, byte for byte?
 * It shares no code with the write path and knows the routing in its own words:
 *
 * - a seller shard i of n holds the product orders with seller_no modulo n = i, and their deliveries. A delivery names no
 *   seller; its product order does. A delivery whose product order does not exist has no seller and belongs on no shard:
 *   wherever it is found, it is extra.
 * - the settlement target holds all orders, product orders and payments.
 *
 * Source and targets are read one after the other, each in a snapshot of its own: while the source is written to, changes
 * on their way show as differences. `waitMs` repeats the check until all is equal.
 */
import { setTimeout as sleep } from 'node:timers/promises';
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
  const source = await Snapshot.open(endpoints.source);
  try {
    const tables: TableResult[] = [];
    for (const { endpoint, pairs } of assignTables(endpoints)) {
      for (const result of await compareTarget(endpoint, pairs, source)) {
        onTable?.(result);
        tables.push(result);
      }
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

interface TargetTables {
  readonly endpoint: Endpoint;
  readonly pairs: readonly TablePair[];
}

function assignTables({ sellers, settlement }: OrderEndpoints): TargetTables[] {
  const shards = sellers.map((endpoint, shard): TargetTables => {
    const belongs = (alias: string) => `MOD(${alias}.seller_no, ${sellers.length}) = ${shard}`;
    const target = endpoint.name;
    return {
      endpoint,
      pairs: [
        { target, table: 'product_order', sourceFrom: 'product_order t', sourceWhere: belongs('t') },
        {
          target,
          table: 'delivery',
          sourceFrom: 'delivery t JOIN product_order p ON p.product_order_no = t.product_order_no',
          sourceWhere: belongs('p'),
        },
      ],
    };
  });
  const whole = (table: string): TablePair => ({
    target: settlement.name,
    table,
    sourceFrom: `${table} t`,
    sourceWhere: 'TRUE',
  });
  return [...shards, { endpoint: settlement, pairs: [whole('orders'), whole('product_order'), whole('payment')] }];
}
