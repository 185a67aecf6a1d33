import { dependsOnOrder } from '../catalog/table-shape.ts';
import type { FoldedRow } from '../route/fold-rows.ts';
import { partsOf, type RoutedChange, withTable } from '../route/routed-change.ts';

/**
 * The entries again that rows were folded from, when a table turned out to be one in which they must not be folded over each
 * other: written folded, two rows that exchange a unique value would stand in each other's way for ever.
 *
 * @param entries as they were folded, with the tables of that time; @param rows with the tables as they are now
 * @returns none when folding them was right
 */
export function unfoldRows(entries: readonly RoutedChange[], rows: readonly FoldedRow[]): readonly RoutedChange[] {
  const tables = new Map(rows.map(({ last }) => [last.table.name, last.table]));
  // The others keep theirs, which tells how their keys are to be read.
  const tableOf = ({ table }: RoutedChange) => {
    const renewed = tables.get(table.name) ?? table;
    return dependsOnOrder(renewed) ? renewed : table;
  };
  const isWrong = entries.some((entry) => dependsOnOrder(tableOf(entry)) && !dependsOnOrder(entry.table));
  const parts = isWrong ? entries.flatMap(partsOf) : [];
  return parts.length > rows.length ? inOrder(parts).map((entry) => withTable(entry, tableOf(entry))) : [];
}

/** What was folded within a record stood where one of its changes stood. Of a primary-key change the delete comes first. */
function inOrder(parts: readonly RoutedChange[]): readonly RoutedChange[] {
  const records = Map.groupBy(parts, ({ record }) => record);
  const half = ({ image }: RoutedChange) => (image === null ? 0 : 1);
  return [...records.values()].flatMap((changes) =>
    changes.toSorted((a, b) => a.payloadIndex - b.payloadIndex || half(a) - half(b)),
  );
}
