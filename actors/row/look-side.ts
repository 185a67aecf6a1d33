/**
 * One database during one look. What cannot be reached is asked once: a look of many batches waits for one deadline, not
 * for one per batch.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { planTableKey } from '../catalog/plan-table-key.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { RowReader, StoredRow } from './row-reader.ts';
import type { TableShapes } from './table-shapes.ts';

/** The row, undefined when there is none, or why it cannot be read. */
export type Reading = StoredRow | undefined | ReplicationError;

export interface LookSideOptions {
  readonly shapes: TableShapes;
  readonly reader: Pick<RowReader, 'readMany' | 'readRange'>;
  /** How many rows are asked for. */
  readonly onRead: (rows: number) => void;
  /** In the side's own code. */
  readonly missing: (table: string) => ReplicationError;
  readonly changed: (table: string) => ReplicationError;
}

type Keys = ReadonlyMap<string, readonly Cell[]>;

export class LookSide {
  readonly #options: LookSideOptions;
  #failure: ReplicationError | undefined;

  constructor(options: LookSideOptions) {
    this.#options = options;
  }

  async readShape(table: string): Promise<TableShape | ReplicationError> {
    const { shapes, missing } = this.#options;
    if (this.#failure !== undefined) {
      return this.#failure;
    }
    try {
      await shapes.renew();
      return shapes.find(table) ?? missing(table);
    } catch (error) {
      return this.#note(asReplicationError(error));
    }
  }

  /** The next shape is read anew. */
  outdate(): Promise<void> {
    return this.#options.shapes.outdate();
  }

  /** Why rows that were read with the shape cannot be judged by it; undefined when the table is still like that. */
  async confirm(table: TableShape): Promise<ReplicationError | undefined> {
    await this.outdate();
    const now = await this.readShape(table.name);
    if (now instanceof ReplicationError) {
      return now;
    }
    return now === table ? undefined : this.#options.changed(table.name);
  }

  /** One per key, in their order; each distinct key is asked for once. */
  async read(table: TableShape, keys: readonly (readonly Cell[])[]): Promise<readonly Reading[]> {
    const encoded = keys.map((cells) => encode(table, cells));
    const asked = new Map(
      encoded.flatMap((key, index) => (typeof key === 'string' ? [[key, keys[index] ?? []] as const] : [])),
    );
    const found = await this.#readKeys(table, asked);
    return encoded.map((key) => (typeof key === 'string' ? found.get(key) : key));
  }

  /** Whether the table has no row at all. */
  async isEmpty(table: TableShape): Promise<boolean | ReplicationError> {
    if (this.#failure !== undefined) {
      return this.#failure;
    }
    try {
      const rows = await this.#options.reader.readRange(table, { after: undefined, through: undefined, limit: 1 });
      return rows.length === 0;
    } catch (error) {
      return this.#note(asReplicationError(error));
    }
  }

  /** Whether both keys name one row: only the server knows when two texts are equal in a collation, and of rows that it has. */
  async isSameRow(
    table: TableShape,
    left: readonly Cell[],
    right: readonly Cell[],
  ): Promise<boolean | ReplicationError> {
    const keys = [encode(table, left), encode(table, right)];
    if (keys[0] === keys[1] || planTableKey(table).isExact) {
      return keys[0] === keys[1];
    }
    // One at a time: each is answered by the row that it names.
    const [leftRow] = await this.read(table, [left]);
    const [rightRow] = await this.read(table, [right]);
    if (leftRow instanceof ReplicationError || rightRow instanceof ReplicationError) {
      return leftRow instanceof ReplicationError ? leftRow : (rightRow as ReplicationError); // one of them is
    }
    return leftRow !== undefined && leftRow.key === rightRow?.key;
  }

  async #readKeys(table: TableShape, keys: Keys): Promise<ReadonlyMap<string, StoredRow | ReplicationError>> {
    const { reader, onRead } = this.#options;
    if (keys.size === 0) {
      return new Map();
    }
    if (this.#failure !== undefined) {
      return failAll(keys, this.#failure);
    }
    try {
      onRead(keys.size);
      return await reader.readMany(table, [...keys.values()]);
    } catch (thrown) {
      const error = asReplicationError(thrown);
      if (error.class !== 'row' || keys.size === 1) {
        return failAll(keys, this.#note(error));
      }
      // Something is wrong with one of the rows: the others are read without it.
      const list = [...keys];
      const half = Math.ceil(list.length / 2);
      const first = await this.#readKeys(table, new Map(list.slice(0, half)));
      return new Map([...first, ...(await this.#readKeys(table, new Map(list.slice(half))))]);
    }
  }

  /** Those that concern more than the table. */
  #note(error: ReplicationError): ReplicationError {
    if (error.class === 'transient' || error.class === 'unknown' || error.class === 'expected') {
      this.#failure = error;
    }
    return error;
  }
}

function encode(table: TableShape, cells: readonly Cell[]): string | ReplicationError {
  try {
    return encodeRowKey(planTableKey(table), cells);
  } catch (error) {
    return asReplicationError(error);
  }
}

function failAll(keys: Keys, error: ReplicationError): ReadonlyMap<string, ReplicationError> {
  return new Map([...keys.keys()].map((key) => [key, error]));
}
