import type { Cell } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';

/**
 * One row change bound for one shard. A batch given to a writer holds at most one change per row key, except a delete
 * directly followed by an upsert of the same key, which replaces the row.
 */
export interface ShardChange {
  readonly table: TableShape;
  readonly op: 'upsert' | 'delete';
  /** The encoded row key (protocol/change/row-key.ts); equal keys are the same row. */
  readonly key: string;
  /** Cells of the primary key, in its order. */
  readonly keyCells: readonly Cell[];
  /** The after image of an upsert; null for a delete. Columns that the table does not have are not written. */
  readonly image: RowImage | null;
  /** Version of the change: decimal text of topicEpoch·2^48 + offset, fits BIGINT UNSIGNED. */
  readonly seq: string;
  /** Commit time at the source as 'YYYY-MM-DD hh:mm:ss.mmm' UTC, or null when the stream carries none. */
  readonly commitTime: string | null;
  /** Who writes it: ergate when left out; forced: a person's forced sync; canary: damage on purpose. */
  readonly writer?: 'ergate' | 'forced' | 'canary' | undefined;
  /**
   * What the guarding column of the row was seen to hold, as text: the row is replaced also when this is newer than the
   * change. For a version that cannot be; a row that changed since it was seen is left alone.
   */
  readonly replaces?: string | undefined;
}

export interface FenceOwner {
  readonly pipeline: string;
  readonly partition: number;
  /** Place epoch; a higher one fences all lower ones. */
  readonly epoch: number;
  /** "<node>/<boot>", for people. */
  readonly owner: string;
}

export interface FenceTaken {
  /** True when a sink of this pipeline and partition has committed a start position before. */
  readonly positioned: boolean;
}

/** Writes for one lane over one connection of its own. Not safe for concurrent calls. */
export interface ShardWriter {
  /**
   * Applies the changes in one guarded transaction below the fence; all or none.
   * @throws ReplicationError transient or unknown: nothing is known to be applied, call again (a new connection is
   *   opened by itself); row or schema: rolled back, the connection is usable; fenced: the owner must stop.
   */
  write(changes: readonly ShardChange[]): Promise<void>;
  close(): Promise<void>;
}

/** One shard of a target database. */
export interface TargetShard {
  readonly name: string;
  /** Reads the shapes of the named tables; tables that do not exist are missing from the answer. */
  readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>>;
  /**
   * Why nothing may be written to a table that is like this, as a writer would refuse it; undefined when it may. Asks nobody.
   */
  findRefusal(table: TableShape): ReplicationError | undefined;
  /**
   * Raises the fence to the owner's epoch, before its first write. Waits for transactions of the old owner; ends
   * connections that hold it for longer than 5 s.
   * @throws ReplicationError fenced, when a higher epoch stands there.
   */
  takeFence(owner: FenceOwner): Promise<FenceTaken>;
  /** Records that the owner's start position is committed to the change stream. */
  markPositioned(owner: FenceOwner): Promise<void>;
  /** Opens lazily: connects on the first write. */
  openWriter(owner: FenceOwner, lane: number): ShardWriter;
  close(): Promise<void>;
}
