import { NumberResolver } from './number-resolver.ts';

/** A delivery knows its product order only; the seller decides the shard. */
export class SellerOfProductOrder extends NumberResolver {
  readonly learnFrom = { table: 'product_order', key: 'product_order_no', value: 'seller_no' };
  protected override readonly selectWhereKeyIn =
    'SELECT product_order_no k, seller_no v FROM product_order WHERE product_order_no IN';
}
