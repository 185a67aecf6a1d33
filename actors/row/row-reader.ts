import type { Cell } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';

/** A row as it is in a database now. */
export interface StoredRow {
  /** Encoded key of the row (protocol/change/row-key.ts), by the primary key of the shape that it was read with. */
  readonly key: string;
  readonly keyCells: readonly Cell[];
  /**
   * All columns of the shape, markers included; a cell is what the capture tells of the same stored value. Rows read with
   * one shape share one layout object.
   */
  readonly image: RowImage;
}

export interface RowRange {
  /** Rows behind this key, in the order of the primary key; undefined: from the first. */
  readonly after: readonly Cell[] | undefined;
  /** Up to and with this key; undefined: to the last. */
  readonly through: readonly Cell[] | undefined;
  readonly limit: number;
}

/** Reads rows of one database by key. Never locks; every call has a deadline. */
export interface RowReader {
  /** Shapes of the named tables; tables that do not exist are missing from the answer. */
  readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>>;
  /**
   * The rows that there are, with as few queries as their number allows, each under the encoded key that it was asked for by:
   * where the server takes two spellings for the same key, `key` of the row tells the one that it has. A key that its column
   * cannot hold is absent.
   * @throws ReplicationError of the side's own codes; transient when it may be asked again
   */
  readMany(table: TableShape, keys: readonly (readonly Cell[])[]): Promise<ReadonlyMap<string, StoredRow>>;
  /** In the order of the primary key. */
  readRange(table: TableShape, range: RowRange): Promise<readonly StoredRow[]>;
  /** Idempotent; calls under way reject. */
  close(): void;
}
