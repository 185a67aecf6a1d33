/** The change stream of a pipeline as commands read it: apart from everybody else, committing nothing. */
import { randomUUID } from 'node:crypto';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import type { RecordStream, RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';

export interface ChangeTopic {
  /** @throws ReplicationError ERG_1204, ERG_1206, ERG_1208 */
  readPartitionCount(): Promise<number>;
  /** By partition, where the records begin that Kafka got then or later; at its end when there is none. */
  findOffsets(atMs: number): Promise<ReadonlyMap<number, bigint>>;
  open(partition: number, events: RecordStreamEvents): RecordStream;
}

export class KafkaChangeTopic implements ChangeTopic {
  readonly #settings: Pick<Settings, 'kafka' | 'environment'>;
  readonly #topic: string;
  readonly #admin: KafkajsStreamAdmin;
  /** Of its own, so that nobody is disturbed by it. */
  readonly #group: string;

  constructor(settings: Pick<Settings, 'kafka' | 'environment'>, topic: string) {
    this.#settings = settings;
    this.#topic = topic;
    this.#group = `ergate.${settings.environment}.cli.${randomUUID()}`;
    this.#admin = new KafkajsStreamAdmin({ address: this.#address, clock: systemClock, log: silentLogger });
  }

  get #address() {
    const { kafka, environment } = this.#settings;
    return { brokers: kafka.brokers, clientId: `ergate-${environment}-cli-${process.pid}` };
  }

  readPartitionCount(): Promise<number> {
    return this.#admin.readPartitionCount(this.#topic);
  }

  findOffsets(atMs: number): Promise<ReadonlyMap<number, bigint>> {
    return this.#admin.findOffsets(this.#topic, atMs);
  }

  open(partition: number, events: RecordStreamEvents): RecordStream {
    return new KafkajsRecordStream({
      address: this.#address,
      position: { topic: this.#topic, partition, group: `${this.#group}.p${partition}` },
      placeEpoch: 1,
      sessionTimeoutMs: this.#settings.kafka.sessionTimeout,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      events,
    });
  }

  close(): Promise<void> {
    return this.#admin.close();
  }
}
