import { NumberResolver } from './number-resolver.ts';

/** A delivery knows its product order only; the hosting partner of the seller decides the shard. */
export class PartnerOfProductOrder extends NumberResolver {
  protected override readonly selectWhereKeyIn =
    'SELECT p.product_order_no k, s.partner_no v FROM product_order p LEFT JOIN seller s ON s.seller_no = p.seller_no WHERE p.product_order_no IN';
}
