/**
 * One look-up as all tables of a sink share it. Whoever asks in the same moment is answered by one query, each key once, so
 * that tables which look the same key up for one transaction cost the source one question.
 *
 * A question that is under way is never joined: its answer may have been read before the change that asks now was committed.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { SourceLookup } from '../source/source-lookup.ts';
import { MissMemory } from './miss-memory.ts';
import type { ShardKeyMemory } from './shard-key-memory.ts';

type Found = ReadonlyMap<string, readonly Cell[]>;

export interface SharedLookupOptions {
  readonly lookup: SourceLookup;
  /** Of a look-up that finds shard keys. */
  readonly memory: ShardKeyMemory | undefined;
  readonly clock: Clock;
}

export class SharedLookup {
  readonly #options: SharedLookupOptions;
  readonly #misses: MissMemory;
  #next: { readonly keys: Set<string>; readonly found: Promise<Found> } | undefined;

  constructor(options: SharedLookupOptions) {
    this.#options = options;
    this.#misses = new MissMemory(options.clock);
  }

  /** Shows a change of the stream, of any table, in log order. */
  learn(change: RowChange): void {
    this.#options.memory?.learn(change);
  }

  /** What the stream has told is asked for again: the source may have answered before that was committed. */
  isKnownMiss(key: string): boolean {
    return this.#misses.has(key) && this.recall(key) === undefined;
  }

  /** @returns answers of these keys and of others. @throws ReplicationError as SourceLookup */
  ask(keys: Iterable<string>): Promise<Found> {
    if (this.#next === undefined) {
      const gathered = new Set<string>();
      this.#next = { keys: gathered, found: Promise.resolve().then(() => this.#send(gathered)) };
    }
    const { keys: gathered, found } = this.#next;
    for (const key of keys) {
      gathered.add(key);
    }
    return found;
  }

  /** What was last known, for a key that the source has no answer for. */
  recall(key: string): readonly Cell[] | undefined {
    return this.#options.memory?.find(key);
  }

  former(key: string): readonly Cell[] {
    return this.#options.memory?.former(key) ?? [];
  }

  async #send(keys: ReadonlySet<string>): Promise<Found> {
    this.#next = undefined;
    if (keys.size === 0) {
      return new Map();
    }
    const { lookup, memory, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const found = await lookup.findMany([...keys]);
    for (const key of keys) {
      const values = found.get(key);
      if (values === undefined) {
        this.#misses.note(key, askedMs);
      } else {
        this.#misses.forget(key);
        memory?.note(key, values);
      }
    }
    return found;
  }
}
