/**
 * The tables of one target shard as they are now. A table keeps its shape object until it changes, so what is derived from
 * a shape can be kept by its identity; a table that is gone keeps its last shape, and the server says what is wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { TargetShard } from '../target/target-shard.ts';

export class ShardCatalog {
  readonly shard: TargetShard;
  /** Target table to the columns that are never written. */
  readonly #ignored: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #tables = new Map<string, TableShape>();
  #missing: readonly string[] = [];
  #refreshing: Promise<void> | undefined;

  constructor(shard: TargetShard, ignored: ReadonlyMap<string, ReadonlySet<string>>) {
    this.shard = shard;
    this.#ignored = ignored;
  }

  /** Wanted tables that the shard did not have when it was last asked. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  find(table: string): TableShape | undefined {
    return this.#tables.get(table);
  }

  /** Callers at the same time share one reading. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    const names = [...this.#ignored.keys()];
    const found = await this.shard.readTables(names);
    for (const [name, shape] of found) {
      const usable = leaveOut(shape, this.#ignored.get(name) ?? new Set());
      if (!isDeepStrictEqual(this.#tables.get(name), usable)) {
        this.#tables.set(name, usable);
      }
    }
    this.#missing = names.filter((name) => !found.has(name));
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
