import type { CommittedOffset, OffsetRange, PartitionPosition } from './record-stream.ts';

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Copies of each partition; the broker's default when left out. */
  readonly replicas?: number | undefined;
  /** Topic settings by their Kafka name, such as retention.ms. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

/**
 * Questions to Kafka and topic creation. Connects when first asked, and anew after a failure; each call has a deadline.
 * All reject with ERG_1204 or ERG_1208 when it may be tried again, ERG_1206 when Kafka refuses.
 */
export interface StreamAdmin {
  /**
   * Creates the topic when it is missing. @returns true when it was created.
   * @throws ReplicationError ERG_1209 when it exists with another number of partitions; it is left as it is.
   */
  ensureTopic(topic: NewTopic): Promise<boolean>;
  /** @throws ReplicationError ERG_1208 when the topic does not exist. */
  readPartitionCount(topic: string): Promise<number>;
  /** @throws ReplicationError ERG_1208 when the partition does not exist. */
  readOffsetRange(topic: string, partition: number): Promise<OffsetRange>;
  /** By partition, the first offset that the broker got at that time (wall ms) or later; the end when there is none. */
  findOffsets(topic: string, atMs: number): Promise<ReadonlyMap<number, bigint>>;
  /** What the group committed for the partition; undefined when nothing, or when it expired. */
  readCommitted(position: PartitionPosition): Promise<CommittedOffset | undefined>;
  /** Idempotent, legal at any time; calls under way reject. */
  close(): Promise<void>;
}
