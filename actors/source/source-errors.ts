import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { isMysqlRefusal, textOf } from '../runtime/mysql-refusal.ts';

/** Whatever went wrong with a look-up, as a coded error. */
export function asLookupError(resolver: string, error: unknown): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  const code = isMysqlRefusal(error) ? 'ERG_2103' : 'ERG_2101';
  return new ReplicationError(code, `${resolver}: ${textOf(error)}`, { cause: error });
}

/** What a resolver throws is no matter of the source: no retry changes it. */
export function asResolverError(resolver: string, error: unknown): ReplicationError {
  return new ReplicationError('ERG_2104', `${resolver}: ${textOf(error)}`, { cause: error });
}
