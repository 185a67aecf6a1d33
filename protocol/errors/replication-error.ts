import type { ErrorClass } from './code-info.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Names, counts and positions; never row values. */
  readonly context?: Readonly<Record<string, string | number>>;
}

/** The one error class. What is done about it stands in the code table, not at the place that throws. */
export class ReplicationError extends Error {
  override readonly name = 'ReplicationError';
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(`${code}: ${message}`, { cause: details.cause });
    this.code = code;
    this.context = details.context ?? {};
  }

  get class(): ErrorClass {
    return ERROR_CODES[this.code].class;
  }
}

/** An error of any origin as a coded one; what is not ours becomes ERG_9000 and is never retried silently. */
export function asReplicationError(error: unknown): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ReplicationError('ERG_9000', message, { cause: error });
}
