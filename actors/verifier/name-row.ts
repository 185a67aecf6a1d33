import type { Cell } from '../../protocol/change/cell.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { deriveSourceKey } from '../row/derive-source-key.ts';
import type { DueRow } from './due-queue.ts';

export interface SourceNames {
  /** Columns of the primary key at the source; empty when it has none. */
  readonly primaryKey: readonly string[];
  /** Columns whose values are looked up, and so do not come from the source row. */
  readonly filled: ReadonlySet<string>;
}

const NOTHING: SourceNames = { primaryKey: [], filled: new Set() };

/** @param source undefined: it does not have the table */
export function nameRow(
  { sourceTable, change }: DueRow,
  shard: string,
  { primaryKey, filled }: SourceNames = NOTHING,
): RowName {
  const { table, key, keyCells, keyImage } = change;
  return {
    table: sourceTable,
    shard,
    rowKey: key,
    targetKey: table.primaryKey.map((column, index) => [column, textOf(keyCells[index] ?? '')]),
    sourceKey: deriveSourceKey(primaryKey, keyImage, filled) ?? [],
  };
}

/** A key holds neither NULL nor a document (row-key.ts). */
function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : String(Number(cell === true));
}
