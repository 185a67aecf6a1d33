/**
 * Finds the shard keys that changes do not carry, by asking the source database. Changes wait here in order, so those of one
 * row stay in order; changes that need no look-up are not held up. One query asks for everything that waits, each key once.
 *
 * While the source does not answer everything here waits and is tried again with back-off; the intake bounds how much.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { Pause } from '../runtime/pause.ts';
import type { SourceLookup } from '../source/source-lookup.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { RecordContext } from './record-context.ts';
import { ShardKeyMemory } from './shard-key-memory.ts';
import type { TableRoute } from './table-route.ts';

export interface WaitingChange {
  readonly route: TableRoute;
  readonly change: RowChange;
  readonly payloadIndex: number;
}

/** The changes of one record that wait for the same look-up. */
export interface WaitingRecord {
  readonly context: RecordContext;
  readonly changes: readonly WaitingChange[];
}

/** undefined: the source has no answer for the key, or the change has no key. */
export type FoundKeys = (image: 'before' | 'after', change: WaitingChange) => readonly Cell[] | undefined;

export interface ShardKeyFinderOptions {
  readonly lookup: SourceLookup;
  readonly onFound: (record: WaitingRecord, find: FoundKeys) => void;
  /** A failure that a person has to mend. */
  readonly onFailed: (error: ReplicationError) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

const MAX_RECORDS_PER_QUERY = 500;

export class ShardKeyFinder {
  readonly #options: ShardKeyFinderOptions;
  readonly #pause: Pause;
  readonly #memory: ShardKeyMemory | undefined;
  #waiting: WaitingRecord[] = [];
  #running: Promise<void> | undefined;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: ShardKeyFinderOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
    const { learnFrom } = options.lookup;
    this.#memory = learnFrom === undefined ? undefined : new ShardKeyMemory(learnFrom);
  }

  /** Nothing waits for an answer. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** Shows a change of the stream, of any table, in log order. */
  learn(change: RowChange): void {
    if (this.#memory?.table === change.table) {
      this.#memory.learn(change);
    }
  }

  add(record: WaitingRecord): void {
    this.#waiting.push(record);
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

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    await undefined; // what arrives in the same moment is asked for together
    for (let failures = 0; this.#waiting.length > 0 && !this.#isStopped; ) {
      const records = this.#waiting.slice(0, MAX_RECORDS_PER_QUERY);
      const found = await this.#tryFind(listKeys(records));
      if (found instanceof Map) {
        failures = 0;
        this.#blocked = undefined;
        this.#waiting = this.#waiting.slice(records.length);
        this.#tell(records, found);
      } else {
        await this.#react(found, failures);
        failures += 1;
      }
    }
  }

  #tell(records: readonly WaitingRecord[], found: ReadonlyMap<string, readonly Cell[]>): void {
    const find: FoundKeys = (side, { route, change }) => {
      const image = change[side];
      const key = image === null ? undefined : route.findLookupKey(image);
      if (key === undefined) {
        return undefined;
      }
      const learned = this.#memory?.find(key);
      return found.get(key) ?? (learned === undefined ? undefined : [learned]);
    };
    for (const record of records) {
      if (!this.#isStopped) {
        this.#options.onFound(record, find);
      }
    }
  }

  async #tryFind(keys: readonly string[]): Promise<Map<string, readonly Cell[]> | ReplicationError> {
    try {
      return new Map(keys.length === 0 ? [] : await this.#options.lookup.findMany(keys));
    } catch (error) {
      return asReplicationError(error);
    }
  }

  async #react(error: ReplicationError, failures: number): Promise<void> {
    const { logger, random, onFailed } = this.#options;
    if (this.#isStopped) {
      return;
    }
    if (error.class !== 'transient') {
      this.#isStopped = true;
      onFailed(error);
      return;
    }
    const delayMs = reconnectDelayMs(failures, random());
    this.#blocked = error.message;
    logger.event('sink.lookup.retry', { reason: error.message, waiting: this.#waiting.length, delayMs });
    await this.#pause.wait(delayMs);
  }
}

/** Each key once, so that one row costs one look-up per transaction and per query. */
function listKeys(records: readonly WaitingRecord[]): readonly string[] {
  const keys = records.flatMap(({ changes }) => changes.flatMap(listKeysOf));
  return [...new Set(keys)];
}

function listKeysOf({ route, change }: WaitingChange): readonly string[] {
  return [change.before, change.after].flatMap((image) => (image === null ? [] : (route.findLookupKey(image) ?? [])));
}
