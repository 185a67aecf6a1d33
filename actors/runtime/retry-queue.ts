/**
 * What somebody else has to take: in order, in batches, each sent again as it was until it is taken. Bounded by whoever adds,
 * who looks at `size`.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { Pause } from './pause.ts';

export interface RetryQueueOptions<Item, Answer> {
  /** The next batch: some of the first, one at least. */
  readonly choose: (waiting: readonly Item[]) => readonly Item[];
  /** @param batchNo the same when it is sent again. Rejects when it was not taken. */
  readonly send: (batch: readonly Item[], batchNo: number) => Promise<Answer>;
  readonly onTaken: (batch: readonly Item[], answer: Answer) => void;
  readonly onRetry: (error: ReplicationError, batch: readonly Item[], delayMs: number) => void;
  /** One of the others threw: a bug, after which nothing more is sent. */
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

export class RetryQueue<Item, Answer> {
  readonly #options: RetryQueueOptions<Item, Answer>;
  readonly #pause: Pause;
  #waiting: Item[] = [];
  #batches = 0;
  #running: Promise<void> | undefined;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: RetryQueueOptions<Item, Answer>) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Not taken yet. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Why they are not. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  add(items: readonly Item[]): void {
    this.#waiting.push(...items);
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#running;
  }

  /** Again, when something came while the last run ended. */
  #start(): void {
    if (this.#isStopped || this.#waiting.length === 0) {
      return;
    }
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running = undefined;
        this.#start();
      });
  }

  #fail(error: unknown): void {
    this.#isStopped = true;
    this.#options.onFailed(error);
  }

  async #run(): Promise<void> {
    await undefined; // what is added in the same moment goes together
    while (this.#waiting.length > 0 && !this.#isStopped) {
      const batch = this.#options.choose(this.#waiting);
      await this.#repeat(batch, this.#batches);
      this.#batches += 1;
    }
  }

  async #repeat(batch: readonly Item[], batchNo: number): Promise<void> {
    const { onTaken, onRetry, random } = this.#options;
    for (let failures = 0; !this.#isStopped; failures += 1) {
      const outcome = await this.#try(batch, batchNo);
      if (this.#isStopped) {
        return; // what is answered now is told to nobody
      }
      if (!(outcome instanceof ReplicationError)) {
        this.#blocked = undefined;
        this.#waiting = this.#waiting.slice(batch.length);
        onTaken(batch, outcome.answer);
        return;
      }
      this.#blocked = outcome.message;
      const delayMs = reconnectDelayMs(failures, random());
      onRetry(outcome, batch, delayMs);
      await this.#pause.wait(delayMs);
    }
  }

  async #try(batch: readonly Item[], batchNo: number): Promise<{ readonly answer: Answer } | ReplicationError> {
    try {
      return { answer: await this.#options.send(batch, batchNo) };
    } catch (error) {
      return asReplicationError(error);
    }
  }
}
