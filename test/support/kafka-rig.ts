/** A real broker of a test file, topics of its tests, and streams that remember what they were told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, type KafkaMessage, logLevel, type Producer } from 'kafkajs';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import type {
  CommittedOffset,
  OffsetRange,
  RecordStreamEvents,
  StreamRecord,
} from '../../actors/stream/record-stream.ts';
import { type KafkaServer, startKafka } from '../../deploy/local/start-kafka.ts';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';

const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 5;

/** Resolves when `isTrue`; rejects with what it waited for. */
export async function until(what: string, isTrue: () => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
  const giveUpMs = performance.now() + deadlineMs;
  while (!isTrue()) {
    if (performance.now() > giveUpMs) {
      throw new Error(`not within ${deadlineMs} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Holds timers back while told to, so that a test can do something between a loss and the reconnect. */
export class HeldClock implements Clock {
  #held: (() => void)[] | undefined;
  wallMs = systemClock.wallMs;
  monotonicMs = systemClock.monotonicMs;

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) {
      run();
    }
  }

  after(ms: number, run: () => void): () => void {
    let isCancelled = false;
    const cancel = systemClock.after(ms, () => {
      const runUnlessCancelled = () => isCancelled || run();
      this.#held === undefined ? runUnlessCancelled() : this.#held.push(runUnlessCancelled);
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}

export interface StreamDraft {
  readonly topic: string;
  readonly placeEpoch?: number;
  readonly topicEpoch?: number;
  readonly clock?: Clock;
  readonly onOwned?: RecordStreamEvents['onOwned'];
  readonly onRecords?: (stream: ProbedStream, records: readonly StreamRecord[]) => void;
}

/** A stream with an owner that starts at the committed offset, else at the earliest, and keeps all it is given. */
export class ProbedStream {
  readonly stream: KafkajsRecordStream;
  readonly records: StreamRecord[] = [];
  readonly asked: { readonly committed: CommittedOffset | undefined; readonly range: OffsetRange }[] = [];
  readonly ends: Error[] = [];
  readonly waits: (Error | undefined)[] = [];
  deliveries = 0;

  constructor(address: { readonly brokers: readonly string[] }, draft: StreamDraft) {
    const { topic, placeEpoch = 1, topicEpoch, clock = systemClock, onOwned = startAtCommitted } = draft;
    this.stream = new KafkajsRecordStream({
      address: { ...address, clientId: 'ergate-test' },
      position: { topic, partition: 0, group: `${topic}.group`, topicEpoch },
      placeEpoch,
      sessionTimeoutMs: 6_000,
      clock,
      random: () => 0,
      log: silentLogger,
      events: {
        onOwned: (committed, range) => {
          this.asked.push({ committed, range });
          return onOwned(committed, range);
        },
        onRecords: (records) => {
          this.deliveries += 1;
          this.records.push(...records);
          draft.onRecords?.(this, records);
        },
        onEnded: (error) => this.ends.push(error),
        onWaiting: (reason) => this.waits.push(reason),
      },
    });
  }

  get values(): readonly (string | undefined)[] {
    return this.records.map(({ value }) => value?.toString('utf8'));
  }

  get endCode(): string | undefined {
    const [error] = this.ends;
    return error instanceof ReplicationError ? error.code : undefined;
  }

  untilRecords(count: number): Promise<void> {
    return until(`${count} records`, () => this.records.length >= count);
  }
}

async function startAtCommitted(committed: CommittedOffset | undefined, range: OffsetRange): Promise<bigint> {
  return committed?.offset ?? range.earliest;
}

export class KafkaRig {
  readonly server: KafkaServer;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;
  readonly #folder: string;
  readonly #streams: ProbedStream[] = [];
  #topics = 0;

  private constructor(folder: string, server: KafkaServer) {
    this.#folder = folder;
    this.server = server;
    this.kafka = new Kafka({ clientId: 'ergate-test', brokers: [...server.brokers], logLevel: logLevel.NOTHING });
    this.admin = this.kafka.admin();
    this.producer = this.kafka.producer({ allowAutoTopicCreation: false });
  }

  static async open(): Promise<KafkaRig> {
    const folder = await mkdtemp(join(tmpdir(), 'ergate-kafka-'));
    const rig = new KafkaRig(folder, await startKafka({ folder }));
    await Promise.all([rig.admin.connect(), rig.producer.connect()]);
    return rig;
  }

  async close(): Promise<void> {
    this.thaw();
    await this.stopStreams();
    await Promise.allSettled([this.producer.disconnect(), this.admin.disconnect()]);
    await this.server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async createTopic(config: Readonly<Record<string, string>> = {}, partitions = 1): Promise<string> {
    this.#topics += 1;
    const topic = `topic-${this.#topics}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, configEntries }],
    });
    return topic;
  }

  openStream(draft: StreamDraft): ProbedStream {
    const probed = new ProbedStream(this.server, draft);
    this.#streams.push(probed);
    return probed;
  }

  async startStream(draft: StreamDraft): Promise<ProbedStream> {
    const probed = this.openStream(draft);
    await probed.stream.start();
    return probed;
  }

  async stopStreams(): Promise<void> {
    await Promise.all(this.#streams.splice(0).map(({ stream }) => stream.stop()));
  }

  /** Values `<from>` to `<from + count - 1>` as text. */
  async produceNumbers(topic: string, from: number, count: number): Promise<void> {
    const messages = numbers(from, count).map((value) => ({ partition: 0, key: 'key', value }));
    await this.producer.send({ topic, messages });
  }

  async readCommitted(topic: string): Promise<string | undefined> {
    const [answer] = await this.admin.fetchOffsets({ groupId: `${topic}.group`, topics: [topic] });
    return answer?.partitions.find(({ partition }) => partition === 0)?.offset;
  }

  /** All records of the topic now, per partition, in offset order. */
  async readAll(topic: string): Promise<readonly (readonly KafkaMessage[])[]> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    const partitions: KafkaMessage[][] = ends.map(() => []);
    const consumer = this.kafka.consumer({ groupId: `${topic}.reader`, maxWaitTimeInMs: 100 });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => void partitions[partition]?.push(message),
      });
      await until('all records', () =>
        ends.every(({ partition, high }) => Number(partitions[partition]?.at(-1)?.offset ?? -1) >= Number(high) - 1),
      );
    } finally {
      await consumer.disconnect();
    }
    return partitions;
  }

  /** Takes away the records in front of the offset, as retention does. */
  async cutBefore(topic: string, offset: number): Promise<void> {
    await this.admin.fetchTopicOffsets(topic); // else it does not know the leader
    await this.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  }

  freeze(): void {
    process.kill(this.server.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.server.pid, 'SIGCONT');
  }
}

export function numbers(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}
