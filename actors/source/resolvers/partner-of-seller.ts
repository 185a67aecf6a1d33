import { NumberResolver } from './number-resolver.ts';

/** Most sellers have no hosting partner; their rows are on no shard of the partners. */
export class PartnerOfSeller extends NumberResolver {
  readonly learnFrom = { table: 'seller', key: 'seller_no', value: 'partner_no' };
  protected override readonly selectWhereKeyIn = 'SELECT seller_no k, partner_no v FROM seller WHERE seller_no IN';
}
