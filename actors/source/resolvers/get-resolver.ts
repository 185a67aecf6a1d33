import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import { isResolverName, RESOLVER_NAMES, type ResolverName } from '../../../protocol/route/resolver-catalogue.ts';
import type { LookupResolver } from '../lookup-resolver.ts';
import { NameOfSeller } from './name-of-seller.ts';
import { PartnerOfProductOrder } from './partner-of-product-order.ts';
import { PartnerOfSeller } from './partner-of-seller.ts';
import { PartnersOfOrder } from './partners-of-order.ts';
import { SellerOfProductOrder } from './seller-of-product-order.ts';
import { SellersOfOrder } from './sellers-of-order.ts';

/** Every resolver that settings may name, as the catalogue lists them. */
const RESOLVERS: Readonly<Record<ResolverName, LookupResolver>> = {
  SELLER_OF_PRODUCT_ORDER: new SellerOfProductOrder(),
  SELLERS_OF_ORDER: new SellersOfOrder(),
  PARTNER_OF_SELLER: new PartnerOfSeller(),
  PARTNER_OF_PRODUCT_ORDER: new PartnerOfProductOrder(),
  PARTNERS_OF_ORDER: new PartnersOfOrder(),
  NAME_OF_SELLER: new NameOfSeller(),
};

/** @throws ReplicationError ERG_2102 */
export function getResolver(name: string): LookupResolver {
  if (!isResolverName(name)) {
    throw new ReplicationError('ERG_2102', `expected a resolver (${RESOLVER_NAMES.join(', ')}), got ${name}`);
  }
  return RESOLVERS[name];
}
