/**
 * Shapes of the tables of one database, read again when they are older than a minute or when a reading with them failed. A
 * table keeps its shape object until it changes, so what is derived from a shape can be kept by its identity.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../protocol/clock.ts';
import { leaveOut } from '../catalog/leave-out.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { KnownTables } from '../route/known-tables.ts';
import type { RowReader } from './row-reader.ts';

export interface TableShapesOptions {
  /** Of the shard, or of the source database. */
  readonly name: string;
  readonly reader: Pick<RowReader, 'readTables'>;
  /** Tables to their columns that are never written. */
  readonly wanted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clock: Clock;
}

const MAX_AGE_MS = 60_000;

export class TableShapes implements KnownTables {
  readonly shard: { readonly name: string };
  readonly #options: TableShapesOptions;
  #shapes: ReadonlyMap<string, TableShape> = new Map();
  /** When the reading began; undefined before the first, and when it turned out to be wrong. */
  #readMs: number | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: TableShapesOptions) {
    this.#options = options;
    this.shard = { name: options.name };
  }

  /** Undefined when it was not there. */
  find(table: string): TableShape | undefined {
    return this.#shapes.get(table);
  }

  /** Reads when that is due; callers at the same time share it. @throws ReplicationError as the reader */
  async renew(): Promise<void> {
    const { clock } = this.#options;
    if (this.#readMs === undefined || clock.monotonicMs() - this.#readMs >= MAX_AGE_MS) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
  }

  /** They are not as they were read: the next call reads them. */
  async outdate(): Promise<void> {
    await this.#reading?.catch(() => {}); // it may have begun before the change
    this.#readMs = undefined;
  }

  async #read(): Promise<void> {
    const { reader, wanted, clock } = this.#options;
    const beganMs = clock.monotonicMs();
    const found = await reader.readTables([...wanted.keys()]);
    this.#shapes = new Map(
      [...found].map(([name, shape]) => {
        const fresh = leaveOut(shape, wanted.get(name) ?? new Set());
        const known = this.#shapes.get(name);
        return [name, known !== undefined && isDeepStrictEqual(known, fresh) ? known : fresh];
      }),
    );
    this.#readMs = beganMs;
  }
}
