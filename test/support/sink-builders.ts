/** Small tables, images and lane entries for tests of the sink. */
import type { ColumnShape, TableShape, UniqueIndex } from '../../actors/catalog/table-shape.ts';
import type { RoutedChange } from '../../actors/route/routed-change.ts';
import { OffsetLedger } from '../../actors/stream/offset-ledger.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout, type RowImage } from '../../protocol/change/row-image.ts';

export function aColumn(name: string, more: Partial<ColumnShape> = {}): ColumnShape {
  return {
    name,
    kind: 'integer',
    columnType: 'bigint(20)',
    nullable: true,
    hasDefault: false,
    generated: false,
    unsigned: false,
    maxLength: undefined,
    fraction: undefined,
    collation: undefined,
    ...more,
  };
}

export interface TableSketch {
  readonly name?: string;
  readonly columns?: readonly (string | ColumnShape)[];
  readonly primaryKey?: readonly string[];
  readonly uniqueIndexes?: readonly UniqueIndex[];
  readonly keyEnforced?: boolean;
}

/** Columns id, a, b with the key id, unless told otherwise. */
export function aTable(sketch: TableSketch = {}): TableShape {
  const columns = (sketch.columns ?? ['id', 'a', 'b']).map((column) =>
    typeof column === 'string' ? aColumn(column) : column,
  );
  return {
    name: sketch.name ?? 'orders',
    columns,
    columnByName: new Map(columns.map((column) => [column.name, column])),
    primaryKey: sketch.primaryKey ?? ['id'],
    keyEnforced: sketch.keyEnforced ?? true,
    uniqueIndexes: sketch.uniqueIndexes ?? [],
  };
}

const layouts = new Map<string, ColumnLayout>();

/** Equal column lists share a layout, as those of a decoder do. */
export function anImage(cells: Readonly<Record<string, Cell>>): RowImage {
  const names = Object.keys(cells);
  const id = JSON.stringify(names);
  const layout = layouts.get(id) ?? buildLayout(names);
  layouts.set(id, layout);
  return { layout, cells: Object.values(cells) };
}

export function cellsOf({ layout, cells }: RowImage): Record<string, Cell> {
  return Object.fromEntries(layout.names.map((name, index) => [name, cells[index] ?? null]));
}

/** For entries that nobody settles. */
const NO_LEDGER = new OffsetLedger(0, undefined);

/** One shape, as entries of one catalog have. */
const ORDERS = aTable();

export function anEntry(more: Partial<RoutedChange> & { readonly key: string }): RoutedChange {
  const image = more.image === undefined ? anImage({ id: more.key, a: '1', b: '1' }) : more.image;
  return {
    table: more.table ?? ORDERS,
    op: image === null ? 'delete' : 'upsert',
    keyCells: [more.key],
    keyImage: image ?? anImage({ id: more.key, a: '1', b: '1' }),
    seq: '1',
    commitTime: null,
    ledger: NO_LEDGER,
    slot: 0,
    record: { offset: 1n, key: null, value: null, timestampMs: -1 },
    payloadIndex: 0,
    changes: 1,
    coversRow: true,
    bytes: 100,
    stampMs: Number.NaN,
    arrivedMs: 0,
    withNext: false,
    ...more,
    image,
  };
}
