import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';

/** Codes of the NATS client to ours. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  '503': 'ERG_6101', // no responders
  TIMEOUT: 'ERG_6102',
  CONNECTION_TIMEOUT: 'ERG_6102',
  CONNECTION_REFUSED: 'ERG_6102',
  DISCONNECT: 'ERG_6102',
  STALE_CONNECTION: 'ERG_6102',
  ECONNREFUSED: 'ERG_6102',
  ECONNRESET: 'ERG_6102',
  ENOTFOUND: 'ERG_6102',
  EHOSTUNREACH: 'ERG_6102',
  ETIMEDOUT: 'ERG_6102',
  CANCELLED: 'ERG_9001',
  CONNECTION_CLOSED: 'ERG_9001',
  CONNECTION_DRAINING: 'ERG_9001',
  MAX_PAYLOAD_EXCEEDED: 'ERG_6104',
  MAX_PAYLOAD_VIOLATION: 'ERG_6104',
  PERMISSIONS_VIOLATION: 'ERG_6105',
  AUTHORIZATION_VIOLATION: 'ERG_6105',
  AUTHENTICATION_TIMEOUT: 'ERG_6105',
  AUTHENTICATION_EXPIRED: 'ERG_6105',
  ACCOUNT_EXPIRED: 'ERG_6105',
};

/** Where the client's own words are a number or a shout. */
const MEANINGS: Readonly<Record<string, string>> = {
  '503': 'nobody serves it',
  TIMEOUT: 'no answer in time',
};

/** @param doing what failed, such as "ask ergate.dev.supervisor.status" */
export function asBusError(error: unknown, doing: string): ReplicationError {
  const { code: given, message } = (error ?? {}) as { code?: unknown; message?: unknown }; // a subset of whatever was thrown
  const code = CODES[String(given)];
  return code === undefined || error instanceof ReplicationError
    ? asReplicationError(error)
    : new ReplicationError(code, `${doing}: ${MEANINGS[String(given)] ?? String(message)}`, { cause: error });
}
