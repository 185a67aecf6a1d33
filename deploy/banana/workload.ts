/** What a load generator writes: to which tables, and who decides what a writer does next. */
import { buildDeliverySchema } from './delivery-schema.ts';
import { OrderLife } from './order-life.ts';
import { buildSourceSchema } from './order-schema.ts';
import type { OrderTransaction } from './order-transaction.ts';
import { ParcelLife } from './parcel-life.ts';

export interface Life {
  /** @param stamp DATETIME(6) literal: now, UTC */
  next(stamp: string): OrderTransaction;
}

export interface Workload {
  readonly schema: readonly string[];
  /** Reads the highest number that earlier runs have used. */
  readonly highestNo: string;
  buildLife(place: LifePlace): Life;
}

export interface LifePlace {
  readonly seed: number;
  readonly writer: number;
  readonly writers: number;
  /** Numbers of this run are above it. */
  readonly firstNo: number;
  /** Finished orders, or parcels, kept per writer before old ones are purged. */
  readonly keep: number;
}

const MAX_ORDERS = 20_000;

export const orderWorkload: Workload = {
  schema: buildSourceSchema(),
  highestNo: 'SELECT COALESCE(MAX(order_no), 0) FROM orders',
  buildLife: ({ firstNo, keep, ...place }) =>
    new OrderLife({ ...place, firstOrderNo: firstNo, keepFinished: keep, maxOrders: MAX_ORDERS }),
};

export const parcelWorkload: Workload = {
  schema: buildDeliverySchema(),
  // Product orders are never deleted, and the newest of a parcel has a higher number than it.
  highestNo: 'SELECT COALESCE(MAX(product_order_no) MOD 10000000000000, 0) FROM product_order',
  buildLife: (place) => new ParcelLife(place),
};
