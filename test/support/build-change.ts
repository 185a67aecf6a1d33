import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { ShardChange } from '../../actors/target/target-shard.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout } from '../../protocol/change/row-image.ts';

export interface ChangeDraft {
  readonly table: TableShape;
  /** Columns of the after image; with a delete, only those of the key are read. */
  readonly row: Readonly<Record<string, Cell>>;
  readonly op?: 'upsert' | 'delete';
  readonly seq: number | string;
  readonly commitTime?: string | null;
}

/** Equal column lists share one layout, as the decoders promise. */
const layouts = new Map<string, ColumnLayout>();

/** A change as the sink hands it to a writer. */
export function aChange({ table, row, op = 'upsert', seq, commitTime = null }: ChangeDraft): ShardChange {
  const keyCells = table.primaryKey.map((name) => row[name] ?? null);
  return {
    table,
    op,
    key: JSON.stringify(keyCells),
    keyCells,
    image: op === 'delete' ? null : { layout: layoutOf(Object.keys(row)), cells: Object.values(row) },
    seq: String(seq),
    commitTime,
  };
}

function layoutOf(names: readonly string[]): ColumnLayout {
  const id = JSON.stringify(names);
  const layout = layouts.get(id) ?? buildLayout(names);
  layouts.set(id, layout);
  return layout;
}
