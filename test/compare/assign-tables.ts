/**
 * Which rows of a source belong to which target, in words of its own:
 *
 * - a seller shard i of n holds the product orders with seller_no modulo n = i, and their deliveries. A delivery names no
 *   seller; its product order does. A delivery whose product order does not exist has no seller and belongs on no shard:
 *   wherever it is found, it is extra.
 * - the settlement target holds all orders, product orders and payments.
 *
 * and where the six pipelines run
 *
 * - a seller shard also holds the orders of which a product order is its, with their payments, and of the delivery system
 *   the parcels of its product orders with all their scans.
 * - the delivery view holds all product orders and deliveries.
 * - a shard of hosting partners holds the product orders of their sellers, with the name of the seller, and the orders of
 *   which one of these is part. A seller without a partner is on none.
 */
import type { TablePair } from './compare-table.ts';
import type { Endpoint, HostingShard, OrderEndpoints } from './endpoints.ts';

export interface TargetTables {
  readonly endpoint: Endpoint;
  readonly pairs: readonly TablePair[];
}

/** Of the order source. */
export function assignOrderTables({ sellers, settlement, six }: OrderEndpoints): TargetTables[] {
  const shards = sellers.map((endpoint, shard): TargetTables => {
    const belongs = (alias: string) => `MOD(${alias}.seller_no, ${sellers.length}) = ${shard}`;
    const target = endpoint.name;
    const ordered = `EXISTS (SELECT 1 FROM product_order p WHERE p.order_no = t.order_no AND ${belongs('p')})`;
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
        ...(six === undefined ? [] : ['orders', 'payment']).map((table) => ({
          target,
          table,
          sourceFrom: `${table} t`,
          sourceWhere: ordered,
        })),
      ],
    };
  });
  return [
    ...shards,
    assignWhole(settlement, ['orders', 'product_order', 'payment']),
    ...(six === undefined ? [] : [assignWhole(six.deliveryView, ['product_order', 'delivery'])]),
    ...(six?.hosting ?? []).map(assignHosting),
  ];
}

/** Of the delivery system. */
export function assignDeliveryTables(sellers: readonly Endpoint[]): TargetTables[] {
  return sellers.map((endpoint, shard) => ({
    endpoint,
    pairs: ['parcel', 'parcel_scan'].map((table) => ({
      target: endpoint.name,
      table,
      sourceFrom: `${table} t JOIN product_order p ON p.product_order_no = t.product_order_no`,
      sourceWhere: `MOD(p.seller_no, ${sellers.length}) = ${shard}`,
    })),
  }));
}

function assignWhole(endpoint: Endpoint, tables: readonly string[]): TargetTables {
  const whole = (table: string) => ({
    target: endpoint.name,
    table,
    sourceFrom: `${table} t`,
    sourceWhere: 'TRUE',
  });
  return { endpoint, pairs: tables.map(whole) };
}

function assignHosting({ endpoint, partners }: HostingShard): TargetTables {
  const target = endpoint.name;
  const isTheirs = `s.partner_no IN (${['NULL', ...partners].join(', ')})`;
  const theirs = `SELECT 1 FROM product_order p JOIN seller s ON s.seller_no = p.seller_no WHERE p.order_no = t.order_no AND ${isTheirs}`;
  return {
    endpoint,
    pairs: [
      {
        target,
        table: 'product_order',
        sourceFrom: 'product_order t JOIN seller s ON s.seller_no = t.seller_no',
        sourceWhere: isTheirs,
        filled: { seller_name: 's.seller_name' },
      },
      { target, table: 'orders', sourceFrom: 'orders t', sourceWhere: `EXISTS (${theirs})` },
    ],
  };
}
