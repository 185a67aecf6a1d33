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
  /** False: its records are gone, or are not to be verified; only a person ends it, who has the tables swept. */
  readonly isReadable: boolean;
}

/** All reject with ERG_5001 when it may be tried again. */
export interface UnverifiedRangeStore {
  /** Those of one partition that nobody has given up, oldest first. */
  load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]>;
  countGivenUp(pipeline: string, partition: number): Promise<number>;
  /**
   * Resolves when all are durable. A range with a known id replaces the one that is there, whose higher `to` stays: two
   * verifiers of a partition may overlap for a moment. One that grows is not given up any more.
   */
  save(ranges: readonly UnverifiedRange[]): Promise<void>;
  /** Removes those whose `to` is still as given; what grew meanwhile stays. Unknown ones are passed over. */
  remove(ranges: readonly Pick<UnverifiedRange, 'id' | 'to'>[]): Promise<void>;
}

export interface ListedRange extends UnverifiedRange {
  /** By whom it was given up, and why; null: it was not. */
  readonly givenUp: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
}

/** readable: a verifier comes back to it by itself */
export type GiveUpOutcome = 'given-up' | 'unknown' | 'readable' | 'before';

/** What people do with unverified ranges. All reject with ERG_5001 or ERG_5002. */
export interface RangeDesk {
  /** The oldest first. @param withGivenUp also those */
  list(pipelines: readonly string[], withGivenUp: boolean): Promise<readonly ListedRange[]>;
  /** Nobody comes back to it; it stays where it is, and is counted. Stands in the audit. */
  giveUp(id: string, note: { readonly by: string; readonly reason: string }): Promise<GiveUpOutcome>;
}
