/** Table shapes for tests that have no server. */
import type { ColumnKind, ColumnShape, TableShape, UniqueIndex } from '../../actors/catalog/table-shape.ts';

export function aColumn(
  name: string,
  kind: ColumnKind,
  columnType: string,
  more: Partial<ColumnShape> = {},
): ColumnShape {
  return {
    name,
    kind,
    columnType,
    nullable: true,
    hasDefault: true,
    generated: false,
    unsigned: columnType.includes('unsigned'),
    maxLength: undefined,
    fraction: undefined,
    collation: undefined,
    ...more,
  };
}

export interface TableDraft {
  readonly name?: string;
  readonly columns: readonly ColumnShape[];
  readonly primaryKey?: readonly string[];
  readonly keyEnforced?: boolean;
  readonly uniqueIndexes?: readonly UniqueIndex[];
}

export function aTable(draft: TableDraft): TableShape {
  return {
    name: 'orders',
    columnByName: new Map(draft.columns.map((column) => [column.name, column])),
    primaryKey: ['id'],
    keyEnforced: true,
    uniqueIndexes: [],
    ...draft,
  };
}

export const MARKER_COLUMNS: readonly ColumnShape[] = [
  aColumn('ergate_yn', 'integer', 'tinyint(4)'),
  aColumn('rpc_time', 'datetime', 'datetime(3)', { fraction: 3 }),
  aColumn('ergate_seq', 'integer', 'bigint(20) unsigned'),
];
