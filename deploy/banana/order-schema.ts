/**
 * The order tables of the demo, the tests and the load generator: what the source has, and what each target has.
 * A target table has the same columns plus the three marker columns, and no unique index besides its primary key.
 */

export type OrderTable = 'orders' | 'product_order' | 'payment' | 'delivery';
export type OrderTarget = 'seller' | 'settlement';

interface TableText {
  readonly columns: readonly string[];
  readonly primaryKey: string;
  /** Indexes of the source only; people look orders up by buyer. */
  readonly sourceIndexes: readonly string[];
}

/** `ver` counts up by one per change of a row; `updated_at` is the writer's clock just before its commit. Both serve checkers. */
export const CHANGE_COLUMNS: readonly string[] = ['ver BIGINT NOT NULL', 'updated_at DATETIME(6) NOT NULL'];

const TABLES: Readonly<Record<OrderTable, TableText>> = {
  orders: {
    columns: [
      'order_no BIGINT UNSIGNED NOT NULL',
      'buyer_no BIGINT UNSIGNED NOT NULL',
      'status VARCHAR(16) NOT NULL',
      'total_amount DECIMAL(18,2) NOT NULL',
      'memo TEXT NULL',
      'ordered_at DATETIME(6) NOT NULL',
      ...CHANGE_COLUMNS,
    ],
    primaryKey: 'order_no',
    sourceIndexes: ['KEY buyer (buyer_no)'],
  },
  product_order: {
    columns: [
      'product_order_no BIGINT UNSIGNED NOT NULL',
      'order_no BIGINT UNSIGNED NOT NULL',
      'buyer_no BIGINT UNSIGNED NOT NULL',
      'seller_no BIGINT UNSIGNED NOT NULL',
      'product_name VARCHAR(200) NOT NULL',
      'quantity INT NOT NULL',
      'amount DECIMAL(18,2) NOT NULL',
      'status VARCHAR(16) NOT NULL',
      'options JSON NULL',
      ...CHANGE_COLUMNS,
    ],
    primaryKey: 'product_order_no',
    sourceIndexes: ['KEY order_no (order_no)'],
  },
  payment: {
    columns: [
      'payment_no BIGINT UNSIGNED NOT NULL',
      'order_no BIGINT UNSIGNED NOT NULL',
      'buyer_no BIGINT UNSIGNED NOT NULL',
      'method VARCHAR(16) NOT NULL',
      'amount DECIMAL(18,2) NOT NULL',
      'pg_tid VARBINARY(32) NULL',
      'paid_at DATETIME(6) NULL',
      ...CHANGE_COLUMNS,
    ],
    primaryKey: 'payment_no',
    sourceIndexes: ['KEY order_no (order_no)'],
  },
  delivery: {
    columns: [
      'product_order_no BIGINT UNSIGNED NOT NULL',
      'dispatch_no INT UNSIGNED NOT NULL',
      'buyer_no BIGINT UNSIGNED NOT NULL',
      'carrier VARCHAR(40) NOT NULL',
      'invoice_no VARCHAR(40) NULL',
      'status VARCHAR(16) NOT NULL',
      'shipped_at DATETIME(6) NULL',
      ...CHANGE_COLUMNS,
    ],
    primaryKey: 'product_order_no, dispatch_no',
    sourceIndexes: [],
  },
};

export const MARKER_COLUMNS: readonly string[] = [
  'ergate_yn TINYINT NULL',
  'rpc_time DATETIME(3) NULL',
  'ergate_seq BIGINT UNSIGNED NULL',
];

const TARGET_TABLES: Readonly<Record<OrderTarget, readonly OrderTable[]>> = {
  seller: ['product_order', 'delivery'],
  settlement: ['orders', 'product_order', 'payment'],
};

/** Statements that create the source tables where they are missing. */
export function buildSourceSchema(): string[] {
  return Object.entries(TABLES).map(([name, table]) =>
    buildTable(name, [...table.columns, `PRIMARY KEY (${table.primaryKey})`, ...table.sourceIndexes]),
  );
}

/** Statements that create the tables of one shard of a target where they are missing. */
export function buildTargetSchema(target: OrderTarget): string[] {
  return TARGET_TABLES[target].map((name) => buildTargetTable(name));
}

/** @param filled columns that only the target has, and a look-up fills */
export function buildTargetTable(name: OrderTable, filled: readonly string[] = []): string {
  const { columns, primaryKey } = TABLES[name];
  return buildTable(name, [...columns, ...filled, ...MARKER_COLUMNS, `PRIMARY KEY (${primaryKey})`]);
}

export function buildTable(name: string, lines: readonly string[]): string {
  return `CREATE TABLE IF NOT EXISTS \`${name}\` (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;
}
