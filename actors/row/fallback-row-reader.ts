import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RowReader } from './row-reader.ts';

type ManyReader = Pick<RowReader, 'readMany'>;

export interface FallbackOptions {
  readonly replica: ManyReader;
  readonly primary: ManyReader;
  readonly clock: Clock;
  /** Told once per rest. */
  readonly onFailed: (error: ReplicationError) => void;
}

/** For which a replica that failed is left alone: one that hangs costs its deadline at each read. Guess. */
const REST_MS = 10_000;

/** Reads of a replica, and of the primary while that fails: the shard can be read. Closing either is for others. */
export class FallbackRowReader implements ManyReader {
  readonly #options: FallbackOptions;
  #restEndMs = Number.NEGATIVE_INFINITY;

  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  /** @throws ReplicationError as the primary; as the replica where that was closed, or has found a bug */
  async readMany(...asked: Parameters<RowReader['readMany']>): ReturnType<RowReader['readMany']> {
    const { replica, primary, clock } = this.#options;
    if (clock.monotonicMs() < this.#restEndMs) {
      return await primary.readMany(...asked);
    }
    try {
      return await replica.readMany(...asked);
    } catch (thrown) {
      this.#rest(asReplicationError(thrown));
      return await primary.readMany(...asked);
    }
  }

  #rest(error: ReplicationError): void {
    const { clock, onFailed } = this.#options;
    if (error.class === 'expected' || error.class === 'bug') {
      throw error;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#restEndMs) {
      onFailed(error);
    }
    this.#restEndMs = nowMs + REST_MS;
  }
}
