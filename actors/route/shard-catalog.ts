/**
 * The tables of one target shard as they are now. A table keeps its shape object until it changes, so what is derived from
 * a shape can be kept by its identity; a table that is gone keeps its last shape, and the server says what is wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { leaveOut } from '../catalog/leave-out.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type TableSnapshot, takeSnapshot } from '../catalog/table-snapshot.ts';
import type { TableSnapshots } from '../catalog/table-snapshots.ts';
import type { TargetShard } from '../target/target-shard.ts';
import { missingTable } from './missing-table.ts';

/** Tables that change under each of them are better read here. */
const MAX_ASKS = 3;

/** Whether the shard is to be asked now; what comes of it is seen. */
export type GuardFunc = <T>(ask: () => Promise<T>) => Promise<T>;

export class ShardCatalog {
  readonly shard: TargetShard;
  /** Target table to the columns that are never written. */
  readonly #ignored: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #tables = new Map<string, TableShape>();
  readonly #snapshots: TableSnapshots | undefined;
  readonly #guard: GuardFunc;
  #following: Disposable | undefined;
  /** Of the tables as they were read or told last. */
  #version: string | undefined;
  #unusable: ReadonlyMap<string, ReplicationError> = new Map();
  #hearRefusal: ((table: string, error: ReplicationError) => void) | undefined;
  /** Under way; what it sees may be older than a call that comes now. */
  #reading: Promise<void> | undefined;
  /** The next one, for all who call while one is under way. */
  #next: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;

  constructor(
    shard: TargetShard,
    ignored: ReadonlyMap<string, ReadonlySet<string>>,
    snapshots?: TableSnapshots | undefined,
    guard: GuardFunc = (ask) => ask(),
  ) {
    this.shard = shard;
    this.#ignored = ignored;
    this.#snapshots = snapshots;
    this.#guard = guard;
  }

  /** Wanted tables that the shard did not have (ERG_3402), or that must not be written as they are, when it was last asked. */
  get unusable(): ReadonlyMap<string, ReplicationError> {
    return this.#unusable;
  }

  /** At once, before anything is routed with it: a table must not be written as it is now. One at a time. */
  onRefused(hear: (table: string, error: ReplicationError) => void): Disposable {
    this.#hearRefusal = hear;
    return {
      [Symbol.dispose]: () => {
        this.#hearRefusal = undefined;
      },
    };
  }

  find(table: string): TableShape | undefined {
    return this.#tables.get(table);
  }

  /** The tables as somebody has read them for all; read here when nobody answers, or when a table is missing. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Renews itself whenever it hears that the tables have changed. */
  follow(): void {
    this.#following ??= this.#snapshots?.onChange(this.shard.name, () => {
      this.renew().catch(() => {}); // a hint: the next look finds it as well
    });
  }

  [Symbol.dispose](): void {
    this.#following?.[Symbol.dispose]();
  }

  /** Resolves after a reading that began after the call; callers at the same time share it. */
  refresh(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #renew(): Promise<void> {
    const isAnswered = await this.#ask();
    if (!isAnswered || this.#unusable.size > 0) {
      await this.refresh();
    }
  }

  /** @returns false when nobody answers, or the tables change under every answer */
  async #ask(): Promise<boolean> {
    for (let asks = 0; asks < MAX_ASKS; asks += 1) {
      const have = this.#version;
      const answer = await this.#snapshots?.ask(this.shard.name, have);
      if (answer === undefined) {
        return false;
      }
      // What was read here meanwhile may be newer than the answer; who asks with it gets none that is older.
      if (have === this.#version) {
        if (answer !== 'same') {
          this.#take(answer);
        }
        return true;
      }
    }
    return false;
  }

  async #read(): Promise<void> {
    const before = this.#version;
    this.#take(takeSnapshot(await this.#guard(() => this.shard.readTables([...this.#ignored.keys()]))));
    if (before !== undefined && before !== this.#version && this.#renewing === undefined) {
      this.#ask().catch(() => {}); // who is asked by one that knows more looks again, and tells the others
    }
  }

  #take({ version, tables: found }: TableSnapshot): void {
    const unusable = new Map<string, ReplicationError>();
    for (const [name, ignored] of this.#ignored) {
      const shape = found.get(name);
      const refusal =
        shape === undefined ? missingTable(this.shard.name, name) : this.#takeShape(leaveOut(shape, ignored));
      if (refusal !== undefined) {
        unusable.set(name, refusal);
      }
    }
    this.#unusable = unusable;
    this.#version = version;
    for (const [name, error] of unusable) {
      if (found.has(name)) {
        this.#hearRefusal?.(name, error);
      }
    }
  }

  /** @returns why it must not be written; then the last shape that could be stays */
  #takeShape(shape: TableShape): ReplicationError | undefined {
    const refusal = this.shard.findRefusal(shape);
    if (refusal === undefined && !isDeepStrictEqual(this.#tables.get(shape.name), shape)) {
      this.#tables.set(shape.name, shape);
    }
    return refusal;
  }
}
