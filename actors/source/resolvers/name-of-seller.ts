import { NumberResolver } from './number-resolver.ts';

/** For targets that show the name beside the number. */
export class NameOfSeller extends NumberResolver {
  protected override readonly selectWhereKeyIn = 'SELECT seller_no k, seller_name v FROM seller WHERE seller_no IN';
}
