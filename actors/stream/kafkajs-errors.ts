import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

/** Answers of a broker by name, for which retrying is no help or means something of its own. */
const CODE_OF_TYPE: Readonly<Record<string, ErrorCode>> = {
  OFFSET_OUT_OF_RANGE: 'ERG_1202',
  UNKNOWN_TOPIC_OR_PARTITION: 'ERG_1208',
  LEADER_NOT_AVAILABLE: 'ERG_1208',
  MESSAGE_TOO_LARGE: 'ERG_1210',
  RECORD_LIST_TOO_LARGE: 'ERG_1210',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'ERG_1211',
  DUPLICATE_SEQUENCE_NUMBER: 'ERG_1211',
  UNKNOWN_PRODUCER_ID: 'ERG_1211',
  INVALID_PRODUCER_EPOCH: 'ERG_1211',
  INVALID_TIMESTAMP: 'ERG_1206',
  INVALID_RECORD: 'ERG_1206',
  UNSUPPORTED_COMPRESSION_TYPE: 'ERG_1207',
  TOPIC_AUTHORIZATION_FAILED: 'ERG_1206',
  GROUP_AUTHORIZATION_FAILED: 'ERG_1206',
  CLUSTER_AUTHORIZATION_FAILED: 'ERG_1206',
  SASL_AUTHENTICATION_FAILED: 'ERG_1206',
  UNSUPPORTED_SASL_MECHANISM: 'ERG_1206',
  SECURITY_DISABLED: 'ERG_1206',
  UNSUPPORTED_VERSION: 'ERG_1206',
  INVALID_SESSION_TIMEOUT: 'ERG_1206',
  INCONSISTENT_GROUP_PROTOCOL: 'ERG_1206',
  INVALID_GROUP_ID: 'ERG_1206',
  GROUP_MAX_SIZE_REACHED: 'ERG_1206',
  INVALID_TOPIC_EXCEPTION: 'ERG_1206',
  INVALID_PARTITIONS: 'ERG_1206',
  INVALID_REPLICATION_FACTOR: 'ERG_1206',
  INVALID_CONFIG: 'ERG_1206',
  POLICY_VIOLATION: 'ERG_1206',
  OFFSET_METADATA_TOO_LARGE: 'ERG_1206',
};

/** Errors that the library raises by itself, by class name. */
const CODE_OF_NAME: Readonly<Record<string, ErrorCode>> = {
  KafkaJSSASLAuthenticationError: 'ERG_1206',
  KafkaJSServerDoesNotSupportApiKey: 'ERG_1206',
  KafkaJSUnsupportedMagicByteInMessageSet: 'ERG_1207',
};

const PROGRAMMING_ERRORS: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/** Errors wrap each other a few levels deep; more is a cycle. */
const MAX_DEPTH = 8;

/**
 * An error of the Kafka client as a coded one. Decided by the broker's answer and the classes on the chain of causes:
 * the library wraps what it retried. What is neither known nor from the library is ERG_9000.
 *
 * @param doing what was tried, for the message
 */
export function asStreamError(error: unknown, doing: string): ReplicationError {
  const chain = causesOf(error);
  for (const link of chain) {
    if (link instanceof ReplicationError) {
      return link;
    }
  }
  const message = `${doing}: ${chain[0]?.message ?? String(error)}`;
  return new ReplicationError(codeOf(chain), message, { cause: error });
}

function codeOf(chain: readonly Error[]): ErrorCode {
  let fromLibrary = false;
  for (const link of chain) {
    const type = (link as { readonly type?: unknown }).type;
    const code = (typeof type === 'string' ? CODE_OF_TYPE[type] : undefined) ?? CODE_OF_NAME[link.name];
    if (code !== undefined) {
      return code;
    }
    if (PROGRAMMING_ERRORS.has(link.name)) {
      return 'ERG_9000';
    }
    fromLibrary ||= link.name.startsWith('KafkaJS');
  }
  return fromLibrary ? 'ERG_1204' : 'ERG_9000';
}

function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  let link = error;
  while (link instanceof Error && chain.length < MAX_DEPTH) {
    chain.push(link);
    link = link.cause;
  }
  return chain;
}
