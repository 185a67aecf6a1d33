/** What the order tables at the targets look like to somebody who damages them. */
import type { DamagedColumn, DamagedTable } from './damage.ts';

export interface TargetTables {
  readonly pipeline: string;
  /** Shards of the target by the name of their server. */
  readonly shards: readonly string[];
  readonly tables: readonly DamagedTable[];
}

const number = (name: string): DamagedColumn => ({ name, form: 'integer' });
const amount = (name: string): DamagedColumn => ({ name, form: 'decimal' });
const text = (name: string, maxLength: number, nullable = false): DamagedColumn => ({
  name,
  form: 'text',
  maxLength,
  nullable,
});
const time = (name: string, nullable = false): DamagedColumn => ({ name, form: 'time', nullable });

const PRODUCT_ORDER: DamagedTable = {
  table: 'product_order',
  resting: "status = 'confirmed'",
  key: [number('product_order_no')],
  columns: [
    text('product_name', 200),
    number('quantity'),
    amount('amount'),
    text('status', 16),
    { name: 'options', form: 'json', nullable: true },
    time('updated_at'),
  ],
};

const DELIVERY: DamagedTable = {
  table: 'delivery',
  resting: "status = 'delivered'",
  key: [number('product_order_no'), number('dispatch_no')],
  columns: [
    text('carrier', 40),
    text('invoice_no', 40, true),
    text('status', 16),
    time('shipped_at', true),
    time('updated_at'),
  ],
};

const ORDERS: DamagedTable = {
  table: 'orders',
  resting: "status = 'confirmed'",
  key: [number('order_no')],
  columns: [
    text('status', 16),
    amount('total_amount'),
    text('memo', 16_000, true),
    time('ordered_at'),
    time('updated_at'),
  ],
};

const PAYMENT: DamagedTable = {
  table: 'payment',
  resting: 'paid_at IS NOT NULL',
  key: [number('payment_no')],
  columns: [
    text('method', 16),
    amount('amount'),
    { name: 'pg_tid', form: 'bytes', maxLength: 32, nullable: true },
    time('paid_at', true),
    time('updated_at'),
  ],
};

export const ORDER_SELLER: TargetTables = {
  pipeline: 'order-seller',
  shards: ['seller0', 'seller1'],
  tables: [PRODUCT_ORDER, DELIVERY],
};

export const ORDER_SETTLEMENT: TargetTables = {
  pipeline: 'order-settlement',
  shards: ['settlement'],
  tables: [ORDERS, PRODUCT_ORDER, PAYMENT],
};
