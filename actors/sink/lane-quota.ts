import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { nextQuota, type QuotaLimits, shrinkQuota } from './batch-quota.ts';

/** A write that takes this long tells of a target in trouble; the next transactions are made smaller. Guess. */
const SLOW_WRITE_MS = 1_000;

/** The quota of a lane as its writes go. */
export class LaneQuota {
  readonly #limits: QuotaLimits;
  #rows: number;

  constructor(limits: QuotaLimits) {
    this.#limits = limits;
    this.#rows = limits.minRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Smaller transactions hold fewer locks for a shorter time. */
  sawFailure({ code }: ReplicationError): void {
    if (code === 'ERG_3004' || code === 'ERG_3005') {
      this.#rows = shrinkQuota(this.#rows, this.#limits);
    }
  }

  /** @param fillMs undefined when the batch did not fill */
  adapt(fillMs: number | undefined, writeMs: number): void {
    if (writeMs > SLOW_WRITE_MS) {
      this.#rows = shrinkQuota(this.#rows, this.#limits);
    } else if (fillMs !== undefined) {
      this.#rows = nextQuota(this.#rows, fillMs, this.#limits);
    }
  }
}
