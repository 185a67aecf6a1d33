/** Which pipeline brings which row to which target, in the words of the checkers. */
import type { StreamChange, StreamHistory } from './history.ts';

export interface ExpectedPlace {
  readonly pipeline: string;
  readonly target: string;
}

const SELLER = 'order-seller';
const SETTLEMENT = 'order-settlement';
const SELLER_SHARDS = 2n;
const SETTLEMENT_TABLES = new Set(['orders', 'product_order', 'payment', 'measure']);
const SELLER_TABLES = new Set(['product_order', 'delivery']);

export const PIPELINES: readonly string[] = [SELLER, SETTLEMENT];

export function pipelineOf(target: string): string {
  return target === 'settlement' ? SETTLEMENT : SELLER;
}

/** @throws Error when the stream names a product order whose seller it never told */
export function placesOf({ table, key }: StreamChange, { sellerOf }: StreamHistory): readonly ExpectedPlace[] {
  const places: ExpectedPlace[] = [];
  if (SETTLEMENT_TABLES.has(table)) {
    places.push({ pipeline: SETTLEMENT, target: 'settlement' });
  }
  if (SELLER_TABLES.has(table)) {
    const [productOrder = ''] = key.split(',');
    const seller = sellerOf.get(productOrder);
    if (seller === undefined) {
      throw new Error(`the stream never told the seller of product order ${productOrder}`);
    }
    places.push({ pipeline: SELLER, target: `seller${seller % SELLER_SHARDS}` });
  }
  return places;
}
