/**
 * Tables of the delivery system, which captures and replicates on its own: parcels and their scans. Its product_order is
 * what look-ups ask, and is not captured.
 */
import { buildTable, CHANGE_COLUMNS, MARKER_COLUMNS } from './order-schema.ts';

export type DeliveryTable = 'product_order' | ReplicatedTable;

type ReplicatedTable = 'parcel' | 'parcel_scan';

const REPLICATED: Readonly<Record<ReplicatedTable, { readonly columns: readonly string[]; readonly key: string }>> = {
  parcel: {
    columns: [
      'parcel_no BIGINT UNSIGNED NOT NULL',
      'product_order_no BIGINT UNSIGNED NOT NULL',
      'carrier VARCHAR(40) NOT NULL',
      'note TEXT NULL',
      'status VARCHAR(16) NOT NULL',
      ...CHANGE_COLUMNS,
    ],
    key: 'parcel_no',
  },
  parcel_scan: {
    columns: [
      'parcel_no BIGINT UNSIGNED NOT NULL',
      'scan_no INT UNSIGNED NOT NULL',
      'product_order_no BIGINT UNSIGNED NOT NULL',
      'place VARCHAR(200) NOT NULL',
      ...CHANGE_COLUMNS,
    ],
    key: 'parcel_no, scan_no',
  },
};

/** Statements that create the tables of the delivery system where they are missing. */
export function buildDeliverySchema(): string[] {
  const productOrder = ['product_order_no BIGINT UNSIGNED NOT NULL', 'seller_no BIGINT UNSIGNED NOT NULL'];
  return [
    buildTable('product_order', [...productOrder, ...CHANGE_COLUMNS, 'PRIMARY KEY (product_order_no)']),
    ...Object.entries(REPLICATED).map(([name, { columns, key }]) =>
      buildTable(name, [...columns, `PRIMARY KEY (${key})`]),
    ),
  ];
}

/** Statements that create what a seller shard holds of them. */
export function buildDeliveryTargetSchema(): string[] {
  return Object.entries(REPLICATED).map(([name, { columns, key }]) =>
    buildTable(name, [...columns, ...MARKER_COLUMNS, `PRIMARY KEY (${key})`]),
  );
}
