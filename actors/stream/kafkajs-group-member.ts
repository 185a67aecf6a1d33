/**
 * One kafkajs consumer in the group of one partition, from its birth to its end. It is never used again after that: what
 * is lost is built anew by the stream, which outlives it.
 *
 * kafkajs retries little here and never restarts by itself, so that every loss is seen and ends within known times:
 * a request without an answer, a crash, and a client that shows no sign of life are all reported once, as lost.
 */
import type { Batch, Cluster, Consumer, EachBatchPayload } from 'kafkajs';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Claim } from './choose-owner.ts';
import { noteEpoch } from './commit-epoch.ts';
import { type KafkaAddress, type KafkaClient, LIBRARY_RETRY, openKafkaClient } from './kafkajs-client.ts';
import { asStreamError } from './kafkajs-errors.ts';
import { placeEpochAssigner } from './place-epoch-assigner.ts';
import type { PartitionPosition } from './record-stream.ts';
import { withDeadline } from './with-deadline.ts';

export interface GroupMemberOptions {
  readonly address: KafkaAddress;
  readonly position: PartitionPosition;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly claim: () => Claim;
  /** Member ids that earlier consumers of this stream left behind; what is out of the group is taken from the set. */
  readonly leftBehind: Set<string>;
  /** Joined, or joined again. Fetching is paused already, and stays so until it is resumed. */
  readonly onJoined: (ownsPartition: boolean) => void;
  /** @returns true when the records are taken; otherwise they are fetched again */
  readonly onBatch: (batch: Batch) => boolean;
  /** At most once. The member is of no use any more. */
  readonly onLost: (error: ReplicationError) => void;
}

/** Bounds how late a resume and a rebalance are noticed: the library sleeps this long while it is paused. */
const FETCH_WAIT_MS = 100;
/**
 * Some hundredths of a second's worth at full speed. A record that is held keeps the whole answer in memory; with 4 MiB a
 * node that drains took 100 MB more and was not faster (bench drain).
 */
const FETCH_BYTES = 1024 * 1024;
/** A rebalance is noticed with a heartbeat: a partition moves within twice this. */
const HEARTBEAT_MS = 500;
const WATCH_MS = 2_000;
/** Above the session timeout, the longest that a join may take. */
const SILENCE_MARGIN_MS = 10_000;

export class GroupMember {
  readonly #options: GroupMemberOptions;
  #client: KafkaClient | undefined;
  #consumer: Consumer | undefined;
  #cluster: Cluster | undefined;
  #opening: Promise<void> | undefined;
  #memberId: string | undefined;
  #heardMs: number;
  #groupHeardMs = 0;
  #cancelWatch: (() => void) | undefined;
  #isOver = false;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#heardMs = options.clock.monotonicMs();
  }

  /** Known once it has joined. */
  get memberId(): string | undefined {
    return this.#memberId;
  }

  /** Never rejects: a failure is reported as lost. */
  open(): void {
    this.#watch();
    this.#opening = this.#join().catch((error: unknown) => this.#lose(error, 'join the group'));
  }

  /** The next offset to fetch. */
  seek(offset: bigint): void {
    const { topic, partition } = this.#options.position;
    this.#tell((consumer) => consumer.seek({ topic, partition, offset: String(offset) }));
  }

  pause(): void {
    this.#tell((consumer) => consumer.pause([this.#partition()]));
  }

  resume(): void {
    this.#tell((consumer) => consumer.resume([this.#partition()]));
  }

  /** Under the generation of this moment. */
  async commit(offset: bigint, metadata: string): Promise<void> {
    if (this.#consumer === undefined) {
      throw new ReplicationError('ERG_1205', 'the group is not joined yet');
    }
    const { topic, partition, topicEpoch = 0 } = this.#options.position;
    const noted = noteEpoch(metadata, topicEpoch);
    await this.#consumer.commitOffsets([{ topic, partition, offset: String(offset), metadata: noted }]);
  }

  /** Says good-bye, so that a successor need not wait for the session timeout; cuts what is not done in time. */
  async leave(deadlineMs: number): Promise<void> {
    this.#end();
    const late = () => new ReplicationError('ERG_1204', `the group was not left within ${deadlineMs} ms`);
    await withDeadline(this.#options.clock, deadlineMs, this.#sayGoodbye(), late).catch(() => {});
    this.#client?.sockets.close();
  }

  /** Ends it without a word to Kafka. */
  cut(): void {
    this.#end();
    this.#client?.sockets.close();
    this.#consumer?.disconnect().catch(() => {});
  }

  async #join(): Promise<void> {
    const { address, log, position } = this.#options;
    this.#client = await openKafkaClient(address, log);
    if (this.#isOver) {
      this.#client.sockets.close();
      return;
    }
    this.#consumer = this.#createConsumer(this.#client);
    await this.#consumer.connect();
    await this.#evictLeftBehind();
    await this.#consumer.subscribe({ topic: position.topic });
    if (!this.#isOver) {
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#take(payload),
      });
    }
  }

  #createConsumer({ kafka }: KafkaClient): Consumer {
    const { position, sessionTimeoutMs, claim } = this.#options;
    const assigner = placeEpochAssigner(position.partition, claim);
    const consumer = kafka.consumer({
      groupId: position.group,
      partitionAssigners: [
        (config) => {
          this.#cluster = config.cluster;
          return assigner(config);
        },
      ],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      minBytes: 1,
      maxBytesPerPartition: FETCH_BYTES,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { ...LIBRARY_RETRY, restartOnFailure: async () => false },
    });
    const { GROUP_JOIN, HEARTBEAT, FETCH, CRASH, REQUEST_TIMEOUT } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.#takeJoin(payload));
    consumer.on(HEARTBEAT, () => this.#hearGroup());
    consumer.on(FETCH, () => this.#hear());
    consumer.on(CRASH, ({ payload }) => this.#lose(payload.error, 'read the change stream'));
    consumer.on(REQUEST_TIMEOUT, ({ payload }) =>
      this.#lose(new ReplicationError('ERG_1204', `the broker did not answer ${payload.apiName}`), 'ask the broker'),
    );
    return consumer;
  }

  /** Synchronous up to the pause: the next thing that the library does is to fetch. */
  #takeJoin(join: { readonly memberId: string; readonly memberAssignment: Readonly<Record<string, number[]>> }): void {
    if (this.#isOver) {
      return;
    }
    const { topic, partition } = this.#options.position;
    this.pause();
    this.#memberId = join.memberId;
    this.#hearGroup();
    this.#options.onJoined(join.memberAssignment[topic]?.includes(partition) === true);
  }

  async #take({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    const { clock, sessionTimeoutMs, onBatch } = this.#options;
    if (clock.monotonicMs() - this.#groupHeardMs > sessionTimeoutMs) {
      // This process stood still, and another may own the partition by now. Throws when the group forgot this member.
      await heartbeat();
    }
    if (!this.#isOver && onBatch(batch)) {
      resolveOffset(batch.lastOffset());
    }
  }

  /** A group waits for a member that is gone until its session ends, unless it is told; that it is not is no failure. */
  async #evictLeftBehind(): Promise<void> {
    const { position, leftBehind } = this.#options;
    for (const memberId of leftBehind) {
      const broker: object | undefined = await this.#cluster?.findGroupCoordinator({ groupId: position.group });
      const coordinator = broker as Partial<Coordinator> | undefined;
      await coordinator?.leaveGroup?.({ groupId: position.group, memberId }).catch(() => {});
      leftBehind.delete(memberId);
    }
  }

  /** A consumer that crashed refuses everything before it says that it crashed; what is told to it then is void anyway. */
  #tell(order: (consumer: Consumer) => void): void {
    try {
      if (this.#consumer !== undefined) {
        order(this.#consumer);
      }
    } catch (error) {
      this.#lose(error, 'steer the consumer');
    }
  }

  #hear(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
  }

  #hearGroup(): void {
    this.#hear();
    this.#groupHeardMs = this.#heardMs;
  }

  #watch(): void {
    const { clock, sessionTimeoutMs } = this.#options;
    this.#cancelWatch = clock.after(WATCH_MS, () => {
      const silentMs = clock.monotonicMs() - this.#heardMs;
      if (silentMs > sessionTimeoutMs + SILENCE_MARGIN_MS) {
        this.#lose(new ReplicationError('ERG_1204', `no sign of life for ${Math.round(silentMs)} ms`), 'wait');
      } else {
        this.#watch();
      }
    });
  }

  #lose(error: unknown, doing: string): void {
    if (!this.#isOver) {
      this.cut();
      this.#options.onLost(asStreamError(error, doing));
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelWatch?.();
  }

  /** A consumer that is told to stop while it joins would neither stop nor leave, so that is waited for. */
  async #sayGoodbye(): Promise<void> {
    await this.#opening;
    await this.#consumer?.disconnect();
  }

  #partition(): { topic: string; partitions: number[] } {
    const { topic, partition } = this.#options.position;
    return { topic, partitions: [partition] };
  }
}

/** Of the library's broker object, what its types leave out. */
interface Coordinator {
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}
