import type { FindingCounts, FindingStore } from '../../actors/state/finding.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface FindingWatchParts {
  readonly findings: Pick<FindingStore, 'count'>;
  readonly clock: Clock;
}

const COUNT_EVERY_MS = 2_000;

/** Counts the stored findings every few seconds, so that a status never waits for the state database. */
export class FindingWatch {
  readonly #parts: FindingWatchParts;
  #counts: readonly FindingCounts[] = [];
  #countedMs: number | undefined;
  #problem: ReplicationError | undefined;
  #cancel: () => void = () => {};
  #isStarted = false;
  #isStopped = false;

  constructor(parts: FindingWatchParts) {
    this.#parts = parts;
  }

  get counts(): readonly FindingCounts[] {
    return this.#counts;
  }

  /** Since they were counted, ms; undefined when they never were. */
  get ageMs(): number | undefined {
    return this.#countedMs === undefined ? undefined : this.#parts.clock.monotonicMs() - this.#countedMs;
  }

  /** Why they cannot be counted now. */
  get problem(): ReplicationError | undefined {
    return this.#problem;
  }

  /** Idempotent. */
  start(): void {
    if (!this.#isStarted) {
      this.#isStarted = true;
      void this.#count();
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #count(): Promise<void> {
    const { findings, clock } = this.#parts;
    try {
      this.#counts = await findings.count();
      this.#countedMs = clock.monotonicMs();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = asReplicationError(error);
    }
    if (!this.#isStopped) {
      this.#cancel = clock.after(COUNT_EVERY_MS, () => void this.#count());
    }
  }
}
