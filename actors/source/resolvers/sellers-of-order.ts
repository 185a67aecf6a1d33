import { NumberResolver } from './number-resolver.ts';

/** An order or a payment concerns every seller of whom something was bought: one shard key for each. */
export class SellersOfOrder extends NumberResolver {
  readonly learnFrom = { table: 'product_order', key: 'order_no', value: 'seller_no' };
  protected override readonly selectWhereKeyIn =
    'SELECT DISTINCT order_no k, seller_no v FROM product_order WHERE order_no IN';
}
