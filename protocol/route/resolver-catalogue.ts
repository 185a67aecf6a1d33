/**
 * Every look-up that settings may name, for those who check and describe settings. Its query and logic are a class of the
 * same name in actors/source/resolvers; the compiler keeps the two lists together.
 */
export interface ResolverInfo {
  /** one: two different values of one key are an error. many: each value is one more shard of the row. */
  readonly answers: 'one' | 'many';
  /** What it is asked with. */
  readonly by: string;
  readonly meaning: string;
  /** Tables and columns that the database which is asked must have. */
  readonly reads: string;
}

export const RESOLVERS = {
  SELLER_OF_PRODUCT_ORDER: {
    answers: 'one',
    by: 'product order number',
    meaning: 'The seller of a product order.',
    reads: 'product_order (product_order_no, seller_no)',
  },
  SELLERS_OF_ORDER: {
    answers: 'many',
    by: 'order number',
    meaning: 'The sellers of all product orders of an order.',
    reads: 'product_order (order_no, seller_no)',
  },
  PARTNER_OF_SELLER: {
    answers: 'one',
    by: 'seller number',
    meaning: 'The hosting partner of a seller; none for a seller without one.',
    reads: 'seller (seller_no, partner_no)',
  },
  PARTNER_OF_PRODUCT_ORDER: {
    answers: 'one',
    by: 'product order number',
    meaning: 'The hosting partner of the seller of a product order.',
    reads: 'product_order (product_order_no, seller_no), seller (seller_no, partner_no)',
  },
  PARTNERS_OF_ORDER: {
    answers: 'many',
    by: 'order number',
    meaning: 'The hosting partners of all sellers of an order.',
    reads: 'product_order (order_no, seller_no), seller (seller_no, partner_no)',
  },
  NAME_OF_SELLER: {
    answers: 'one',
    by: 'seller number',
    meaning: 'The name of a seller.',
    reads: 'seller (seller_no, seller_name)',
  },
} as const satisfies Readonly<Record<string, ResolverInfo>>;

export type ResolverName = keyof typeof RESOLVERS;

export function isResolverName(name: string): name is ResolverName {
  return Object.hasOwn(RESOLVERS, name);
}

export const RESOLVER_NAMES: readonly string[] = Object.keys(RESOLVERS);
