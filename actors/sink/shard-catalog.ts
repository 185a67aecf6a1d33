/**
 * The tables of one target shard as they are now. A table keeps its shape object until it changes, so what is derived from
 * a shape can be kept by its identity; a table that is gone keeps its last shape, and the server says what is wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type TableSnapshot, takeSnapshot } from '../catalog/table-snapshot.ts';
import type { TableSnapshots } from '../catalog/table-snapshots.ts';
import type { TargetShard } from '../target/target-shard.ts';

export class ShardCatalog {
  readonly shard: TargetShard;
  /** Target table to the columns that are never written. */
  readonly #ignored: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #tables = new Map<string, TableShape>();
  readonly #snapshots: TableSnapshots | undefined;
  #following: Disposable | undefined;
  /** Of the tables as they were read or told last. */
  #version: string | undefined;
  #missing: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;

  constructor(
    shard: TargetShard,
    ignored: ReadonlyMap<string, ReadonlySet<string>>,
    snapshots?: TableSnapshots | undefined,
  ) {
    this.shard = shard;
    this.#ignored = ignored;
    this.#snapshots = snapshots;
  }

  /** Wanted tables that the shard did not have when it was last asked. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  find(table: string): TableShape | undefined {
    return this.#tables.get(table);
  }

  /** The tables as somebody has read them for all; read here when nobody answers, or when a table is missing. */
  renew(): Promise<void> {
    this.#renewing ??= this.#ask().finally(() => {
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

  /** Reads the tables. Callers at the same time share one reading. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #ask(): Promise<void> {
    const answer = await this.#snapshots?.ask(this.shard.name, this.#version);
    if (answer !== undefined && answer !== 'same') {
      this.#take(answer);
    }
    if (answer === undefined || this.#missing.length > 0) {
      await this.refresh();
    }
  }

  async #read(): Promise<void> {
    const before = this.#version;
    this.#take(takeSnapshot(await this.shard.readTables([...this.#ignored.keys()])));
    if (before !== undefined && before !== this.#version) {
      this.renew().catch(() => {}); // who is asked by one that knows more looks again, and tells the others
    }
  }

  #take({ version, tables: found }: TableSnapshot): void {
    for (const [name, shape] of found) {
      const usable = leaveOut(shape, this.#ignored.get(name) ?? new Set());
      if (!isDeepStrictEqual(this.#tables.get(name), usable)) {
        this.#tables.set(name, usable);
      }
    }
    this.#missing = [...this.#ignored.keys()].filter((name) => !found.has(name));
    this.#version = version;
  }
}

/** An ignored column is one that we never write, like one that the server computes. @throws ReplicationError ERG_3509 */
function leaveOut(shape: TableShape, ignored: ReadonlySet<string>): TableShape {
  if (ignored.size === 0) {
    return shape;
  }
  const key = shape.primaryKey.find((column) => ignored.has(column));
  if (key !== undefined) {
    throw new ReplicationError(
      'ERG_3509',
      `table ${shape.name}: expected key column ${key} to be written, it is ignored`,
    );
  }
  const columns = shape.columns.map((column) => (ignored.has(column.name) ? { ...column, generated: true } : column));
  return { ...shape, columns, columnByName: new Map(columns.map((column) => [column.name, column])) };
}
