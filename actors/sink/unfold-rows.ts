import type { TableShape } from '../catalog/table-shape.ts';
import type { FoldedRow } from './fold-rows.ts';
import { type LaneEntry, withTable } from './lane-entry.ts';

/** Rows of such a table may need each other's unique values, or have a key that nothing enforces. */
export function dependsOnOrder({ uniqueIndexes, keyEnforced }: TableShape): boolean {
  return uniqueIndexes.length > 0 || !keyEnforced;
}

/**
 * The entries again that rows were folded from, when a table turned out to be one in which they must not be folded over each
 * other: written folded, two rows that exchange a unique value would stand in each other's way for ever.
 *
 * @param entries as they were folded, with the tables of that time; @param rows with the tables as they are now
 * @returns none when folding them was right
 */
export function unfoldRows(entries: readonly LaneEntry[], rows: readonly FoldedRow[]): readonly LaneEntry[] {
  const tables = new Map(rows.map(({ last }) => [last.table.name, last.table]));
  const tableOf = (entry: LaneEntry) => tables.get(entry.table.name) ?? entry.table;
  const isWrong = entries.some((entry) => dependsOnOrder(tableOf(entry)) && !dependsOnOrder(entry.table));
  return isWrong && entries.length > rows.length ? entries.map((entry) => withTable(entry, tableOf(entry))) : [];
}
