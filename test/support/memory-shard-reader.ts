import { planTableKey } from '../../actors/catalog/plan-table-key.ts';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { RowReader, StoredRow } from '../../actors/row/row-reader.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout } from '../../protocol/change/row-image.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import type { MemoryShard } from './memory-shard.ts';

/** Reads the tables of a shard in memory, whose key is the column id. */
export class MemoryShardReader implements RowReader {
  /** Before a call looks at the rows: it fails with what is thrown here. */
  onRead: () => Promise<void> = async () => {};
  rowsAsked = 0;
  readonly #shard: MemoryShard;
  readonly #layouts = new WeakMap<TableShape, ColumnLayout>();

  constructor(shard: MemoryShard) {
    this.#shard = shard;
  }

  async readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>> {
    await this.onRead();
    const all = await this.#shard.readTables();
    return new Map([...all].filter(([name]) => tables.includes(name)));
  }

  async readMany(table: TableShape, keys: readonly (readonly Cell[])[]): Promise<ReadonlyMap<string, StoredRow>> {
    this.rowsAsked += keys.length;
    await this.onRead();
    await this.#shard.readTables(); // fails when it is away
    const plan = planTableKey(table);
    const layout = this.#layouts.get(table) ?? buildLayout(table.columns.map(({ name }) => name));
    this.#layouts.set(table, layout);
    return new Map(
      keys.flatMap((keyCells) => {
        const row = this.#shard.rows.get(this.#shard.keyOf(table.name, keyCells[0]));
        if (row === undefined) {
          return [];
        }
        const key = encodeRowKey(plan, keyCells);
        const cells = layout.names.map((name) => (name === 'ergate_seq' ? String(row.seq) : (row.cells[name] ?? null)));
        return [[key, { key, keyCells, image: { layout, cells } }] as const];
      }),
    );
  }

  async readRange(): Promise<never> {
    throw new Error('a verifier reads by key');
  }

  close(): void {}
}
