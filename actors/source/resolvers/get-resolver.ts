import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { LookupResolver } from '../lookup-resolver.ts';
import { sellerOfProductOrder } from './seller-of-product-order.ts';

/** Every resolver that settings may name. */
const RESOLVERS: readonly LookupResolver[] = [sellerOfProductOrder];

/** @throws ReplicationError ERG_2102 */
export function getResolver(name: string): LookupResolver {
  const resolver = RESOLVERS.find((candidate) => candidate.name === name);
  if (resolver === undefined) {
    const known = RESOLVERS.map((candidate) => candidate.name).join(', ');
    throw new ReplicationError('ERG_2102', `expected a resolver (${known}), got ${name}`);
  }
  return resolver;
}
