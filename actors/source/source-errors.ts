import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlFailure } from '../runtime/mysql-connection.ts';
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

/** unknown column · unknown table */
const NOT_THERE: ReadonlySet<number | undefined> = new Set([1054, 1146]);

/** Whatever went wrong with reading rows of the source, as a coded error. */
export function asSourceReadError(error: unknown, doing: string): ReplicationError {
  const errno = (error as MysqlFailure | undefined)?.errno; // read as a subset of whatever was thrown
  return NOT_THERE.has(errno)
    ? new ReplicationError('ERG_4082', `${doing} of the source: ${textOf(error)}`, { cause: error })
    : asLookupError(`${doing} of the source`, error);
}
