/**
 * Writes change records to one topic through kafkajs: idempotent, acknowledged by all replicas, one request at a time.
 *
 * A request that failed is sent again as it was, under the same sequence numbers, so the broker writes it once however
 * often it arrives. When that does not help in time, it is not known what was written, and this producer writes nothing
 * more: the caller makes a new one and resumes from its checkpoint. Only then may records be repeated; also when the
 * partitions of one request have several leaders and one of them fails, since the library forgets which one it was.
 */
import type { ICustomPartitioner, Producer } from 'kafkajs';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { Interrupt } from '../runtime/interrupt.ts';
import type { ChangeProducer, ProducedRecord } from './change-producer.ts';
import { type KafkaAddress, LIBRARY_RETRY, openKafkaClient, REQUEST_TIMEOUT_MS } from './kafkajs-client.ts';
import { asStreamError } from './kafkajs-errors.ts';
import { KafkajsStreamAdmin } from './kafkajs-stream-admin.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { SocketLedger } from './socket-ledger.ts';
import { splitRefused, splitRequests } from './split-requests.ts';
import { withDeadline } from './with-deadline.ts';

export interface ChangeProducerOptions {
  readonly address: KafkaAddress;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Within [0, 1). */
  readonly random?: (() => number) | undefined;
}

/**
 * Bytes: a broker takes 1,048,588 in a batch unless told otherwise, and one that takes less says so.
 * Records: the library groups them by partition in quadratic time; 1,000 take it half a millisecond.
 */
const REQUEST_LIMITS = { maxBytes: 1_000_000, maxRecords: 1_000 };
/** Of one request, with all that is tried for it; longer than a broker takes to restart. */
const GIVE_UP_AFTER_MS = 60_000;
/** Shorter than that of a connection: the time is limited, and nobody else waits for the broker with this producer. */
const LONGEST_DELAY_MS = 1_000;
const START_DEADLINE_MS = 10_000;

export class KafkajsChangeProducer implements ChangeProducer {
  readonly #options: ChangeProducerOptions;
  readonly #ended = new Interrupt();
  #producer: Producer | undefined;
  #sockets: SocketLedger | undefined;
  #starting: Promise<void> | undefined;
  #tail: Promise<void> = Promise.resolve();
  #end: ReplicationError | undefined;

  constructor(options: ChangeProducerOptions) {
    this.#options = options;
  }

  /** @throws ReplicationError ERG_1208 when the topic does not exist */
  start(): Promise<void> {
    this.#starting ??= this.#ended.orFired(this.#connect()).catch((error: unknown) => {
      throw this.#finish(asStreamError(error, `connect the producer of ${this.#options.topic}`));
    });
    return this.#starting;
  }

  send(records: readonly ProducedRecord[]): Promise<void> {
    const sending = this.#tail.then(() => this.#sendAll(records));
    this.#tail = sending.catch(() => {});
    return sending;
  }

  async stop(): Promise<void> {
    this.#finish(new ReplicationError('ERG_9001', 'the producer was stopped'));
  }

  async #connect(): Promise<void> {
    const { address, topic, clock, log } = this.#options;
    await this.#assertTopic();
    const { kafka, sockets } = await openKafkaClient(address, log);
    this.#sockets = sockets;
    if (this.#end !== undefined) {
      sockets.close();
      return;
    }
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: takeChosenPartition,
      retry: LIBRARY_RETRY,
    });
    this.#producer = producer;
    producer.on(producer.events.REQUEST_TIMEOUT, () => sockets.cut('a request timed out'));
    const late = () => new ReplicationError('ERG_1204', `not connected within ${START_DEADLINE_MS} ms`);
    await withDeadline(clock, START_DEADLINE_MS, producer.connect(), late);
    log.event('stream.producer.connected', { topic });
  }

  async #assertTopic(): Promise<void> {
    const admin = new KafkajsStreamAdmin({ ...this.#options, deadlineMs: REQUEST_TIMEOUT_MS });
    try {
      await admin.readPartitionCount(this.#options.topic);
    } finally {
      await admin.close();
    }
  }

  async #sendAll(records: readonly ProducedRecord[]): Promise<void> {
    try {
      for (const request of splitRequests(records, REQUEST_LIMITS)) {
        await this.#sendRequest(request);
      }
    } catch (error) {
      throw this.#finish(asStreamError(error, `write to ${this.#options.topic}`));
    }
  }

  async #sendRequest(request: readonly ProducedRecord[]): Promise<void> {
    try {
      await this.#sendUntilAcknowledged(request);
    } catch (error) {
      const smaller = error instanceof ReplicationError && error.code === 'ERG_1210' ? splitRefused(request) : [];
      if (smaller.length < 2) {
        throw error;
      }
      for (const part of smaller) {
        await this.#sendRequest(part);
      }
    }
  }

  async #sendUntilAcknowledged(request: readonly ProducedRecord[]): Promise<void> {
    const { topic, clock } = this.#options;
    const giveUpMs = clock.monotonicMs() + GIVE_UP_AFTER_MS;
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#ended.orFired(this.#sendOnce(request, giveUpMs));
      } catch (error) {
        const coded = asStreamError(error, `write to ${topic}`);
        if (!mayBeSentAgain(coded)) {
          throw coded;
        }
        await this.#waitBefore(giveUpMs, failures, coded);
      }
    }
  }

  async #waitBefore(giveUpMs: number, failures: number, error: ReplicationError): Promise<void> {
    const { topic, clock, log, random = Math.random } = this.#options;
    const delayMs = Math.min(LONGEST_DELAY_MS, reconnectDelayMs(failures, random()));
    if (clock.monotonicMs() + delayMs > giveUpMs) {
      throw error.code === 'ERG_1208' ? error : new ReplicationError('ERG_1211', error.message, { cause: error });
    }
    log.event('stream.producer.retry', { topic, reason: error.message, delayMs });
    await this.#ended.orFired(new Promise<void>((resolve) => clock.after(delayMs, resolve)));
  }

  async #sendOnce(request: readonly ProducedRecord[], giveUpMs: number): Promise<void> {
    const { topic, clock } = this.#options;
    if (this.#end !== undefined || this.#producer === undefined) {
      throw this.#end ?? new ReplicationError('ERG_1211', 'the producer is not started');
    }
    const sending = this.#producer.send({ topic, acks: -1, timeout: REQUEST_TIMEOUT_MS, messages: [...request] });
    const late = () => new ReplicationError('ERG_1211', `not acknowledged within ${GIVE_UP_AFTER_MS} ms`);
    const acknowledged = await withDeadline(clock, giveUpMs - clock.monotonicMs(), sending, late);
    const expected = new Set(request.map(({ partition }) => partition)).size;
    if (acknowledged.length !== expected) {
      throw new ReplicationError('ERG_1211', `${acknowledged.length} of ${expected} partitions were acknowledged`);
    }
  }

  /** The first error stays. Nothing is written after it: not by the library either, whose connections are cut. */
  #finish(error: ReplicationError): ReplicationError {
    if (this.#end === undefined) {
      this.#end = error;
      this.#ended.fire(error);
      this.#sockets?.close();
      this.#producer?.disconnect().catch(() => {});
    }
    return this.#end;
  }
}

/** Not what the broker refused for good, and not a sequence number that it does not expect. */
function mayBeSentAgain(error: ReplicationError): boolean {
  return error.code === 'ERG_1204' || error.code === 'ERG_1208';
}

/** Left to itself, the library drops the records of a partition that does not exist. */
const takeChosenPartition: ICustomPartitioner = () => {
  return ({ topic, message, partitionMetadata }) => {
    const { partition } = message;
    if (partition === undefined || !partitionMetadata.some(({ partitionId }) => partitionId === partition)) {
      throw new ReplicationError('ERG_1208', `${topic} has no partition ${partition}`);
    }
    return partition;
  };
};
