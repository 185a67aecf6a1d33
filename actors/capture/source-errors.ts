import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { isMysqlRefusal, textOf } from '../runtime/mysql-refusal.ts';

/** Whatever went wrong between a capture and its source, as a coded error. */
export function asCaptureError(error: unknown): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  if (isMysqlRefusal(error)) {
    return new ReplicationError('ERG_1508', textOf(error), { cause: error });
  }
  return new ReplicationError(isFromServerOrNetwork(error) ? 'ERG_1502' : 'ERG_1509', textOf(error), { cause: error });
}

/**
 * The server's answers carry a number, network failures a system code; what carries neither, or a code of Node's own
 * checks, was thrown while the library took an event apart.
 */
function isFromServerOrNetwork(error: unknown): boolean {
  const { errno, code, fatal } = error as { errno?: unknown; code?: unknown; fatal?: unknown };
  return errno !== undefined || fatal === true || (typeof code === 'string' && !code.startsWith('ERR_'));
}
