/** One record of the change stream, as bytes. */
export interface StreamRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  /** Broker or producer time, ms; -1 when absent. Informs only. */
  readonly timestampMs: number;
}

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
  /** Raised when the topic is created anew: offsets that were committed before do not count. Default 0. */
  readonly topicEpoch?: number | undefined;
}

export interface CommittedOffset {
  /** The next offset to read. */
  readonly offset: bigint;
  /** What the committer stored beside it; '' when nothing. */
  readonly metadata: string;
}

export interface RecordStreamEvents {
  /**
   * Called once, when this stream first owns the partition, before any record is read. It answers the offset to start
   * from; no record is delivered before that. Rejecting ends the stream with that error.
   */
  onOwned(committed: CommittedOffset | undefined, range: OffsetRange): Promise<bigint>;
  /** The records of one fetch, in offset order. The next fetch happens while these are worked on, unless paused. */
  onRecords(records: readonly StreamRecord[], highWatermark: bigint): void;
  /** The partition now belongs to a member with a higher place epoch, or the stream failed for good. Called once. */
  onEnded(error: Error): void;
  /** Kafka is away for this reason, and is asked again for ever; undefined when reading goes on. For people. */
  onWaiting?(reason: Error | undefined): void;
}

/** Offsets that exist on the broker: earliest <= offset < end. */
export interface OffsetRange {
  readonly earliest: bigint;
  readonly end: bigint;
}

/** Reads one partition for one owner. */
export interface RecordStream {
  /** Resolves when the group is joined and the partition is owned and positioned. */
  start(): Promise<void>;
  /** Stops and restarts fetching; heartbeats go on. Idempotent. */
  pause(): void;
  resume(): void;
  /** Commits the next offset to read, with metadata. Rejects with a transient code when it may be tried again. */
  commit(offset: bigint, metadata: string): Promise<void>;
  /** The end of the partition on the broker now. */
  readEndOffset(): Promise<bigint>;
  /** Leaves the group at once. Idempotent, legal before start. */
  stop(): Promise<void>;
}
