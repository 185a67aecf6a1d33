/** One change record to be written. */
export interface ProducedRecord {
  readonly key: string;
  readonly value: Buffer;
  /** The partition; chosen by the caller so that equal keys always share one. */
  readonly partition: number;
}

/** Writes change records: idempotent, acknowledged by all replicas, in order per partition. */
export interface ChangeProducer {
  start(): Promise<void>;
  /**
   * Resolves when every record is acknowledged. Records of one call and of consecutive calls keep their order per
   * partition. @throws ReplicationError transient after its retries: the caller must resume from its checkpoint.
   */
  send(records: readonly ProducedRecord[]): Promise<void>;
  stop(): Promise<void>;
}
