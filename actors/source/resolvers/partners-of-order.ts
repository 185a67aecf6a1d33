import { NumberResolver } from './number-resolver.ts';

/** One order may concern several hosting partners: each gets it. */
export class PartnersOfOrder extends NumberResolver {
  protected override readonly selectWhereKeyIn =
    'SELECT DISTINCT p.order_no k, s.partner_no v FROM product_order p LEFT JOIN seller s ON s.seller_no = p.seller_no WHERE p.order_no IN';
}
