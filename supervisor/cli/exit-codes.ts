import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';

/** What the command line ends with; those above 63 as in sysexits.h. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  noInput: 66,
  unavailable: 69,
  internal: 70,
  io: 74,
  configuration: 78,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  ERG_5001: EXIT.unavailable,
  ERG_6008: EXIT.unavailable,
  ERG_6101: EXIT.unavailable,
  ERG_6102: EXIT.unavailable,
  ERG_8001: EXIT.configuration,
  ERG_8002: EXIT.configuration,
  ERG_8003: EXIT.noInput,
  ERG_9000: EXIT.internal,
};

export function exitCodeOf(error: unknown): number {
  return BY_CODE[asReplicationError(error).code] ?? EXIT.failed;
}
