import type { LookupResolver } from '../lookup-resolver.ts';
import { readIntegerKey } from './integer-key.ts';

/** A delivery knows its product order only; the seller decides the shard. */
export const sellerOfProductOrder: LookupResolver = {
  name: 'SELLER_OF_PRODUCT_ORDER',
  learnFrom: { table: 'product_order', key: 'product_order_no', value: 'seller_no' },
  readKey: readIntegerKey,
  buildQuery: (keys) =>
    `SELECT product_order_no, seller_no FROM product_order WHERE product_order_no IN (${keys.join(', ')})`,
  readRow: ({ product_order_no: key, seller_no: seller }) => ({
    key: String(key),
    value: seller === null ? null : String(seller),
  }),
};
