import type { TableShape } from '../catalog/table-shape.ts';

/** The tables of one shard as somebody knows them. A table is the same object until it changes. */
export interface KnownTables {
  readonly shard: { readonly name: string };
  find(table: string): TableShape | undefined;
}
