/**
 * Stores what could not be applied, and settles it only then: no offset passes a change that is neither applied nor stored.
 * While the state database is away findings wait here; the limits of the intake bound how many.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { Pause } from '../runtime/pause.ts';
import type { Finding, FindingStore } from '../state/finding.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';

export interface FindingWriterOptions {
  readonly store: FindingStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

interface Waiting {
  readonly finding: Finding;
  readonly onStored: () => void;
}

/** Findings of one store call; each may hold a record of megabytes. */
const MAX_PER_CALL = 50;

export class FindingWriter {
  readonly #options: FindingWriterOptions;
  readonly #pause: Pause;
  #waiting: Waiting[] = [];
  #blocked: string | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: FindingWriterOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Why findings cannot be stored now. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  add(finding: Finding, onStored: () => void): void {
    this.#waiting.push({ finding, onStored });
    this.#start();
  }

  /** Again, when something came while the last run ended. */
  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0 && !this.#isStopped) {
        this.#start();
      }
    });
  }

  /** A store call that is under way may still end; it is safe to repeat. */
  stop(): void {
    this.#isStopped = true;
    this.#pause.end();
  }

  async #run(): Promise<void> {
    let size = MAX_PER_CALL;
    for (let failures = 0; this.#waiting.length > 0 && !this.#isStopped; ) {
      const batch = this.#waiting.slice(0, size);
      const error = await this.#tryStore(batch);
      if (error === undefined) {
        this.#blocked = undefined;
        failures = 0;
        size = MAX_PER_CALL;
      } else {
        size = 1; // one that is refused must not hold up the others of its batch for ever
        await this.#wait(error, failures);
        failures += 1;
      }
    }
  }

  async #tryStore(batch: readonly Waiting[]): Promise<ReplicationError | undefined> {
    try {
      await this.#options.store.store(batch.map(({ finding }) => finding));
    } catch (error) {
      if (batch.length === 1) {
        this.#waiting.push(...this.#waiting.splice(0, 1)); // behind the others
      }
      return asReplicationError(error);
    }
    this.#waiting = this.#waiting.slice(batch.length);
    if (!this.#isStopped) {
      for (const { onStored } of batch) {
        onStored();
      }
    }
    return undefined;
  }

  async #wait(error: ReplicationError, failures: number): Promise<void> {
    const { logger, random } = this.#options;
    const delayMs = reconnectDelayMs(failures, random());
    this.#blocked = error.message;
    logger.event('sink.finding.unstored', { reason: error.message, waiting: this.#waiting.length, delayMs });
    await this.#pause.wait(delayMs);
  }
}
