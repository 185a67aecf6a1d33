import { Kafka, type LogEntry, logLevel } from 'kafkajs';
import type { Logger } from '../../protocol/log/logger.ts';
import { registerKafkajsCodecs } from './kafkajs-codecs.ts';
import { applyKafkajsOverrides } from './kafkajs-overrides.ts';
import { SocketLedger } from './socket-ledger.ts';

export interface KafkaAddress {
  /** host:port; any broker of the cluster is enough to find the others. */
  readonly brokers: readonly string[];
  /** Shown in the broker's logs and quotas. */
  readonly clientId: string;
}

export interface KafkaClient {
  readonly kafka: Kafka;
  readonly sockets: SocketLedger;
}

/** A broker that does not answer within this is taken for dead (reference: fault F35, a stopped broker, <= 5 s). */
export const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Retries inside the library. Few: it cannot be stopped while it retries, and what is above it retries for ever.
 */
export const LIBRARY_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 } as const;

/**
 * A client of its own for one actor: kafkajs shares the map of committed offsets between the consumers of one.
 *
 * @throws ReplicationError ERG_1212 when the library or a codec is not as expected
 */
export async function openKafkaClient(address: KafkaAddress, log: Logger, retries?: number): Promise<KafkaClient> {
  applyKafkajsOverrides();
  await registerKafkajsCodecs();
  const sockets = new SocketLedger();
  const kafka = new Kafka({
    brokers: [...address.brokers],
    clientId: address.clientId,
    connectionTimeout: 3_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { ...LIBRARY_RETRY, retries: retries ?? LIBRARY_RETRY.retries },
    socketFactory: sockets.factory,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => log.event('stream.client', fieldsOf(entry)),
  });
  return { kafka, sockets };
}

function fieldsOf({ namespace, label, log }: LogEntry): Record<string, string> {
  return { namespace, severity: label, message: log.message };
}
