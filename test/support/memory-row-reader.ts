/** Tables of one database in memory, read as a RowReader reads them. */
import { planTableKey } from '../../actors/catalog/plan-table-key.ts';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { RowRange, RowReader, StoredRow } from '../../actors/row/row-reader.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout } from '../../protocol/change/row-image.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface MemoryRead {
  readonly what: 'tables' | 'many' | 'range';
  /** Of several tables: the first. */
  readonly table: string;
  /** Keys that are asked for; of a range its limit. */
  readonly rows: number;
}

type Cells = Readonly<Record<string, Cell>>;

export class MemoryRowReader implements RowReader {
  /** All calls, failed ones too. */
  readonly reads: MemoryRead[] = [];
  /** Before a call looks at the rows: it sees what is changed here, and fails with what is thrown here. */
  onRead: (read: MemoryRead) => void | Promise<void> = () => {};
  /** Every call rejects with it. */
  failure: ReplicationError | undefined;
  /** Keys are equal as in a collation that ignores case. */
  foldsCase = false;
  readonly #shapes = new Map<string, TableShape>();
  readonly #rows = new Map<string, Map<string, Cells>>();
  readonly #layouts = new WeakMap<TableShape, ColumnLayout>();
  #isClosed = false;

  constructor(...shapes: readonly TableShape[]) {
    for (const shape of shapes) {
      this.setTable(shape);
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Keys that rows were asked for by. */
  get rowsAsked(): number {
    return this.reads.reduce((sum, { what, rows }) => (what === 'many' ? sum + rows : sum), 0);
  }

  /** Its rows stay; columns that they lack are NULL. */
  setTable(shape: TableShape): void {
    this.#shapes.set(shape.name, shape);
  }

  dropTable(table: string): void {
    this.#shapes.delete(table);
    this.#rows.delete(table);
  }

  /** Columns that are left out are NULL. */
  put(table: string, cells: Cells): void {
    const rows = this.#rows.get(table) ?? new Map<string, Cells>();
    this.#rows.set(table, rows);
    rows.set(this.#keyOf(table, cells), cells);
  }

  /** @param key cells of its primary key, by column */
  remove(table: string, key: Cells): void {
    this.#rows.get(table)?.delete(this.#keyOf(table, key));
  }

  find(table: string, key: Cells): Cells | undefined {
    return this.#rows.get(table)?.get(this.#keyOf(table, key));
  }

  rowsOf(table: string): readonly Cells[] {
    return [...(this.#rows.get(table)?.values() ?? [])];
  }

  async readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>> {
    await this.#begin({ what: 'tables', table: tables[0] ?? '', rows: 0 });
    return new Map(
      tables.flatMap((table) => {
        const shape = this.#shapes.get(table);
        return shape === undefined ? [] : [[table, shape] as const];
      }),
    );
  }

  async readMany(table: TableShape, keys: readonly (readonly Cell[])[]): Promise<ReadonlyMap<string, StoredRow>> {
    await this.#begin({ what: 'many', table: table.name, rows: keys.length });
    const plan = planTableKey(table);
    const fold = (key: string) => (this.foldsCase ? key.toLowerCase() : key);
    const rows = new Map(this.#list(table).map((row) => [fold(row.key), row]));
    return new Map(
      keys.flatMap((cells) => {
        const key = encodeRowKey(plan, cells);
        const row = rows.get(fold(key));
        return row === undefined ? [] : [[key, row] as const];
      }),
    );
  }

  async readRange(table: TableShape, { after, through, limit }: RowRange): Promise<readonly StoredRow[]> {
    await this.#begin({ what: 'range', table: table.name, rows: limit });
    const compare = compareKeys(table);
    return this.#list(table)
      .sort((a, b) => compare(a.keyCells, b.keyCells))
      .filter(
        ({ keyCells }) =>
          (after === undefined || compare(keyCells, after) > 0) &&
          (through === undefined || compare(keyCells, through) <= 0),
      )
      .slice(0, limit);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #begin(read: MemoryRead): Promise<void> {
    this.reads.push(read);
    await this.onRead(read);
    if (this.#isClosed) {
      throw new ReplicationError('ERG_9001', 'the reader was closed');
    }
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  /** As a server answers who asks for columns that it does not have. */
  #list(asked: TableShape): StoredRow[] {
    const now = this.#shapes.get(asked.name);
    const gone = asked.columns.find(({ name }) => now?.columnByName.has(name) !== true);
    if (now === undefined || gone !== undefined) {
      const what = now === undefined ? `table ${asked.name}` : `column ${gone?.name} of ${asked.name}`;
      throw new ReplicationError(now === undefined ? 'ERG_3402' : 'ERG_3401', `${what} does not exist`);
    }
    const plan = planTableKey(asked);
    const layout = this.#layouts.get(asked) ?? buildLayout(asked.columns.map(({ name }) => name));
    this.#layouts.set(asked, layout);
    return this.rowsOf(asked.name).map((row) => {
      const keyCells = asked.primaryKey.map((column) => row[column] ?? null);
      const cells = layout.names.map((name) => row[name] ?? null);
      return { key: encodeRowKey(plan, keyCells), keyCells, image: { layout, cells } };
    });
  }

  #keyOf(table: string, cells: Cells): string {
    const shape = this.#shapes.get(table);
    if (shape === undefined) {
      throw new Error(`no table ${table}`);
    }
    return encodeRowKey(
      planTableKey(shape),
      shape.primaryKey.map((column) => cells[column]),
    );
  }
}

/** Numbers by their size, all else by code units. */
function compareKeys({ primaryKey, columnByName }: TableShape) {
  const isInteger = primaryKey.map((column) => columnByName.get(column)?.kind === 'integer');
  return (left: readonly Cell[], right: readonly Cell[]): number => {
    for (const [index, cell] of left.entries()) {
      const [a, b] = isInteger[index]
        ? [BigInt(String(cell)), BigInt(String(right[index]))]
        : [String(cell), String(right[index])];
      if (a !== b) {
        return a < b ? -1 : 1;
      }
    }
    return 0;
  };
}
