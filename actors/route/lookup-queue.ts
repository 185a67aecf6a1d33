/**
 * Where changes wait whose shard keys or columns have to be looked up, in order, so that those of one row stay in order. There
 * is a queue for each set of look-ups that tables need: tables that need others, or none, are not held up. One query per
 * look-up asks for everything that waits.
 *
 * While a database does not answer everything here waits and is tried again with back-off; the intake bounds how much, and
 * `giveUpAfter` how long: then the change becomes a finding.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { LookupAnswers } from './lookup-answers.ts';
import type { RecordContext } from './record-context.ts';
import type { SharedLookup } from './shared-lookup.ts';
import type { TableRoute } from './table-route.ts';

export interface WaitingChange {
  readonly route: TableRoute;
  readonly change: RowChange;
  readonly payloadIndex: number;
}

/** The changes of one record that wait for the same look-ups. */
export interface WaitingRecord {
  readonly context: RecordContext;
  readonly changes: readonly WaitingChange[];
}

/** The outcomes of a wait. */
export interface LookupListener {
  readonly onFound: (record: WaitingRecord, answers: LookupAnswers) => void;
  /** No answer is to be had for the record. */
  readonly onGivenUp: (record: WaitingRecord, error: ReplicationError) => void;
  /** So many records were asked for in vain, and wait. */
  readonly onUnanswered?: (error: ReplicationError, records: number) => void;
  /** A failure that a person has to mend. */
  readonly onFailed: (error: ReplicationError) => void;
}

export interface LookupQueueOptions extends LookupListener {
  /** By id; those that its tables need. */
  readonly lookups: ReadonlyMap<string, SharedLookup>;
  readonly giveUpAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

type Found = ReadonlyMap<string, ReadonlyMap<string, readonly Cell[]>>;

const MAX_RECORDS_PER_QUERY = 500;

export class LookupQueue {
  readonly #options: LookupQueueOptions;
  readonly #pause: Pause;
  #waiting: WaitingRecord[] = [];
  /** Answered, and about to be told. */
  #untold = 0;
  /** Records that are asked for alone, since a resolver failed on them together. */
  #oneByOne = 0;
  #running: Promise<void> | undefined;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: LookupQueueOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Nothing waits for an answer, or to be told one. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#untold === 0;
  }

  /** One query would not ask for more. */
  get isFull(): boolean {
    return this.#waiting.length >= MAX_RECORDS_PER_QUERY;
  }

  get blocked(): string | undefined {
    return this.#blocked;
  }

  add(record: WaitingRecord): void {
    this.#waiting.push(record);
    this.#start();
  }

  /** Again, when something came while the last run ended. */
  #start(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#fail(asReplicationError(error)))
      .finally(() => {
        this.#running = undefined;
        if (this.#waiting.length > 0 && !this.#isStopped) {
          this.#start();
        }
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    await undefined; // what arrives in the same moment is asked for together
    for (let failures = 0; this.#waiting.length > 0 && !this.#isStopped; ) {
      const records = this.#waiting.slice(0, this.#oneByOne > 0 ? 1 : MAX_RECORDS_PER_QUERY);
      const found = await this.#tryFind(records);
      if (found instanceof ReplicationError) {
        await this.#react(found, records, failures);
        failures += 1;
      } else {
        failures = 0;
        this.#take(records.length);
        this.#tell(records, found);
      }
    }
  }

  #take(records: number): readonly WaitingRecord[] {
    const taken = this.#waiting.slice(0, records);
    this.#waiting = this.#waiting.slice(records);
    this.#oneByOne = Math.max(0, this.#oneByOne - records);
    this.#blocked = undefined;
    return taken;
  }

  #tell(records: readonly WaitingRecord[], found: Found): void {
    const { lookups, onFound } = this.#options;
    const answers: LookupAnswers = {
      find: (lookup, key) => found.get(lookup)?.get(key) ?? lookups.get(lookup)?.recall(key),
      former: (lookup, key) => lookups.get(lookup)?.former(key) ?? [],
    };
    this.#untold = records.length;
    for (const record of records) {
      this.#untold -= 1;
      if (!this.#isStopped) {
        onFound(record, answers);
      }
    }
  }

  async #tryFind(records: readonly WaitingRecord[]): Promise<Found | ReplicationError> {
    try {
      const keys = this.#listKeys(records);
      const found = [...this.#options.lookups].map(
        async ([id, lookup]) => [id, await lookup.ask(keys.get(id) ?? [])] as const,
      );
      return new Map(await Promise.all(found));
    } catch (error) {
      return asReplicationError(error);
    }
  }

  /** By look-up. */
  #listKeys(records: readonly WaitingRecord[]): ReadonlyMap<string, ReadonlySet<string>> {
    const { lookups } = this.#options;
    const keys = new Map([...lookups.keys()].map((id) => [id, new Set<string>()]));
    for (const { changes } of records) {
      for (const { route, change } of changes) {
        for (const { lookup, key, acceptsMiss } of route.listLookupKeys(change)) {
          if (!acceptsMiss || lookups.get(lookup)?.isKnownMiss(key) !== true) {
            keys.get(lookup)?.add(key);
          }
        }
      }
    }
    return keys;
  }

  async #react(error: ReplicationError, records: readonly WaitingRecord[], failures: number): Promise<void> {
    if (this.#isStopped) {
      return;
    }
    if (error.class === 'row') {
      this.#isolate(error, records);
    } else if (error.class === 'transient') {
      this.#options.onUnanswered?.(error, records.length);
      await this.#wait(error, failures);
    } else {
      this.#fail(error);
    }
  }

  #fail(error: ReplicationError): void {
    this.#isStopped = true;
    this.#options.onFailed(error);
  }

  #isolate(error: ReplicationError, records: readonly WaitingRecord[]): void {
    if (records.length > 1) {
      this.#oneByOne = records.length;
    } else {
      this.#giveUp(this.#take(1), error);
    }
  }

  async #wait(error: ReplicationError, failures: number): Promise<void> {
    const { logger, random, clock, giveUpAfterMs } = this.#options;
    const latestMs = clock.monotonicMs() - giveUpAfterMs;
    const young = this.#waiting.findIndex(({ context }) => context.arrivedMs > latestMs);
    const expired = this.#take(young < 0 ? this.#waiting.length : young);
    this.#giveUp(expired, new ReplicationError('ERG_2007', error.message, { cause: error }));
    if (this.#waiting.length === 0) {
      return;
    }
    const delayMs = reconnectDelayMs(failures, random());
    this.#blocked = error.message;
    logger.event('sink.lookup.retry', { reason: error.message, waiting: this.#waiting.length, delayMs });
    await this.#pause.wait(delayMs);
  }

  #giveUp(records: readonly WaitingRecord[], error: ReplicationError): void {
    for (const record of records) {
      this.#options.onGivenUp(record, error);
    }
  }
}
