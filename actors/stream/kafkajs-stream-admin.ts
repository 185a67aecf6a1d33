import type { Admin, ITopicConfig } from 'kafkajs';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { readInEpoch } from './commit-epoch.ts';
import { type KafkaAddress, openKafkaClient } from './kafkajs-client.ts';
import { asStreamError } from './kafkajs-errors.ts';
import type { CommittedOffset, OffsetRange, PartitionPosition } from './record-stream.ts';
import type { SocketLedger } from './socket-ledger.ts';
import type { NewTopic, StreamAdmin } from './stream-admin.ts';
import { withDeadline } from './with-deadline.ts';

export interface StreamAdminOptions {
  readonly address: KafkaAddress;
  readonly clock: Clock;
  readonly log: Logger;
  /** For one call, connecting included, ms. */
  readonly deadlineMs?: number | undefined;
}

const DEFAULT_DEADLINE_MS = 10_000;

interface Connection {
  readonly admin: Admin;
  readonly sockets: SocketLedger;
}

export class KafkajsStreamAdmin implements StreamAdmin {
  readonly #options: StreamAdminOptions;
  #connection: Promise<Connection> | undefined;
  #closed = false;

  constructor(options: StreamAdminOptions) {
    this.#options = options;
  }

  ensureTopic(wanted: NewTopic): Promise<boolean> {
    return this.#call(`create the topic ${wanted.topic}`, async (admin) => {
      const created = await admin.createTopics({ waitForLeaders: true, topics: [asTopicConfig(wanted)] });
      if (created) {
        return true;
      }
      const partitions = await countPartitions(admin, wanted.topic);
      if (partitions !== wanted.partitions) {
        throw new ReplicationError(
          'ERG_1209',
          `topic ${wanted.topic}: expected ${wanted.partitions} partitions, it has ${partitions}`,
        );
      }
      return false;
    });
  }

  readPartitionCount(topic: string): Promise<number> {
    return this.#call(`read the partitions of ${topic}`, (admin) => countPartitions(admin, topic));
  }

  readOffsetRange(topic: string, partition: number): Promise<OffsetRange> {
    return this.#call(`read the offsets of ${topic}[${partition}]`, async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      const found = offsets.find((entry) => entry.partition === partition);
      if (found === undefined) {
        throw new ReplicationError('ERG_1208', `${topic} has no partition ${partition}`);
      }
      return { earliest: BigInt(found.low), end: BigInt(found.high) };
    });
  }

  findOffsets(topic: string, atMs: number): Promise<ReadonlyMap<number, bigint>> {
    return this.#call(`find the offsets of ${topic} by time`, async (admin) => {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.floor(atMs)));
      return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
    });
  }

  readCommitted({ group, topic, partition, topicEpoch = 0 }: PartitionPosition): Promise<CommittedOffset | undefined> {
    return this.#call(`read the committed offset of ${group}`, async (admin) => {
      const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const found = answer?.partitions.find((entry) => entry.partition === partition);
      const offset = BigInt(found?.offset ?? -1);
      return offset < 0n ? undefined : readInEpoch({ offset, metadata: found?.metadata ?? '' }, topicEpoch);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#dropConnection();
  }

  async #call<T>(doing: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = this.#options;
    const late = () => new ReplicationError('ERG_1204', `${doing}: no answer within ${deadlineMs} ms`);
    try {
      return await withDeadline(
        clock,
        deadlineMs,
        this.#connect().then(({ admin }) => ask(admin)),
        late,
      );
    } catch (error) {
      const coded = asStreamError(error, doing);
      if (coded.class === 'transient') {
        this.#dropConnection();
      }
      throw coded;
    }
  }

  #connect(): Promise<Connection> {
    if (this.#closed) {
      return Promise.reject(new ReplicationError('ERG_9001', 'the stream admin is closed'));
    }
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<Connection> {
    const { kafka, sockets } = await openKafkaClient(this.#options.address, this.#options.log);
    const admin = kafka.admin();
    admin.on('admin.network.request_timeout', () => sockets.cut('a request timed out'));
    await admin.connect();
    return { admin, sockets };
  }

  /** Cuts the sockets instead of a polite disconnect, which would wait for answers that may never come. */
  #dropConnection(): void {
    const dropped = this.#connection;
    this.#connection = undefined;
    dropped
      ?.then(
        ({ admin, sockets }) => {
          sockets.close();
          return admin.disconnect();
        },
        // It never was a connection.
        () => undefined,
      )
      .catch(() => undefined);
  }
}

function asTopicConfig({ topic, partitions, replicas, config }: NewTopic): ITopicConfig {
  return {
    topic,
    numPartitions: partitions,
    ...(replicas === undefined ? {} : { replicationFactor: replicas }),
    configEntries: Object.entries(config ?? {}).map(([name, value]) => ({ name, value })),
  };
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
  if (partitions === 0) {
    throw new ReplicationError('ERG_1208', `topic ${topic} does not exist`);
  }
  return partitions;
}
