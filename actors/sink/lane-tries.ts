/** The failed tries of a lane: what it is in trouble for, since when, and the waits before the next ones. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { type Chunk, type LaneTrouble, noteTrouble } from './batch-chunks.ts';
import type { LaneOptions } from './lane-options.ts';

export class LaneTries {
  readonly #options: LaneOptions;
  readonly #pause: Pause;
  #trouble: LaneTrouble | undefined;
  #startedMs = 0;
  /** By the tries that they have had: when the newest of the rows that wait is tried again. */
  readonly #dueMs = new Map<number, number>();

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Undefined when the lane can write. */
  get trouble(): LaneTrouble | undefined {
    return this.#trouble;
  }

  begin(): void {
    this.#startedMs = this.#options.clock.monotonicMs();
  }

  sawTrouble(error: ReplicationError, chunk: Chunk): void {
    this.#trouble = noteTrouble(error, chunk, this.#trouble?.sinceMs ?? this.#startedMs);
  }

  endTrouble(): void {
    this.#trouble = undefined;
  }

  /**
   * Of a row that waits beside its lane. Not before those that came to wait before it: one may be what it waits for.
   *
   * @returns from when on it is tried again; monotonic, ms
   */
  planRetry(chunk: Chunk, error: ReplicationError): number {
    const ownMs = this.#options.clock.monotonicMs() + this.#countRetry(chunk, error);
    const dueMs = Math.max(ownMs, this.#dueMs.get(chunk.tries) ?? 0);
    this.#dueMs.set(chunk.tries, dueMs);
    return dueMs;
  }

  /** @returns ms from now to the next try */
  #countRetry({ tries }: Chunk, { message }: ReplicationError): number {
    const { logger, random, shard, lane, onRetry } = this.#options;
    const delayMs = reconnectDelayMs(tries - 1, random());
    onRetry();
    logger.event('sink.write.retry', { shard, lane, reason: message, tries, delayMs });
    return delayMs;
  }

  /** The lane stands still meanwhile. */
  async waitBefore(chunk: Chunk, error: ReplicationError): Promise<void> {
    const delayMs = this.#countRetry(chunk, error);
    this.sawTrouble(error, chunk);
    await this.#pause.wait(delayMs);
  }

  /** What it waits for may have come. */
  hurry(): void {
    this.#pause.cut();
  }

  /** Idempotent; nothing waits from now on. */
  end(): void {
    this.#pause.end();
  }
}
