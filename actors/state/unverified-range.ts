/** Changes of a partition that could not be verified: what a verifier has to come back to, and must not claim meanwhile. */
export interface UnverifiedRange {
  /** Chosen by the verifier; never used again. */
  readonly id: string;
  readonly pipeline: string;
  readonly partition: number;
  readonly topicEpoch: number;
  /** '*': every shard. */
  readonly shard: string;
  /** At the target; null: every table. */
  readonly table: string | null;
  /** The first and the last offset of it; what lies between may have been verified all the same. */
  readonly from: number;
  readonly to: number;
  /** Error code and sentence. At most 512 characters. */
  readonly reason: string;
  /** Wall ms. */
  readonly sinceMs: number;
  /** False: its records are gone, or are not to be verified; only a sweep, or a person, ends it. */
  readonly isReadable: boolean;
}

/** All reject with ERG_5001 when it may be tried again. */
export interface UnverifiedRangeStore {
  /** Those of one partition, oldest first. */
  load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]>;
  /**
   * Resolves when all are durable. A range with a known id replaces the one that is there, whose higher `to` stays: two
   * verifiers of a partition may overlap for a moment.
   */
  save(ranges: readonly UnverifiedRange[]): Promise<void>;
  /** Removes those whose `to` is still as given; what grew meanwhile stays. Unknown ones are passed over. */
  remove(ranges: readonly Pick<UnverifiedRange, 'id' | 'to'>[]): Promise<void>;
}
