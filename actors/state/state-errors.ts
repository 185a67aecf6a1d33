import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { isMysqlRefusal, textOf } from '../runtime/mysql-refusal.ts';

/** Whatever went wrong at the state database, as a coded error. */
export function asStateError(error: unknown): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  const code = isMysqlRefusal(error) ? 'ERG_5002' : 'ERG_5001';
  return new ReplicationError(code, `state database: ${textOf(error)}`, { cause: error });
}
