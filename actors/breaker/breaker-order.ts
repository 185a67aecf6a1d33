/** What a person wants of the breaker of a shard. The newest order of a shard is what counts. */
export interface BreakerOrder {
  /** Grows. */
  readonly id: number;
  readonly pipeline: string;
  readonly shard: string;
  readonly action: 'open' | 'close';
  readonly reason: string;
  /** Who gave it, for people. */
  readonly by: string;
  /** 'YYYY-MM-DD hh:mm:ss.mmm' UTC. */
  readonly at: string;
}

/** Orders are never changed, only added to. All reject with ERG_5001 or ERG_5002. */
export interface BreakerOrderStore {
  add(order: Pick<BreakerOrder, 'pipeline' | 'shard' | 'action' | 'reason' | 'by'>): Promise<void>;
  /** The newest of each shard. */
  list(): Promise<readonly BreakerOrder[]>;
}
