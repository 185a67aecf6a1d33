import type { RoutedChange } from './routed-change.ts';

/**
 * Whether a row changes a value that another unique index than its key holds. The one before has to be seen at the target
 * then: a row in another lane may be waiting for it to go, and may itself hold the one that comes next.
 *
 * @param newer of the same row; a column that it lacks keeps its value
 */
export function hasOtherUniqueValues(older: RoutedChange, newer: RoutedChange): boolean {
  return newer.table.uniqueIndexes.some(({ columns }) =>
    columns.some((column) => {
      const index = newer.keyImage.layout.indexByName.get(column);
      const before = older.keyImage.layout.indexByName.get(column);
      return (
        index !== undefined && (before === undefined || newer.keyImage.cells[index] !== older.keyImage.cells[before])
      );
    }),
  );
}
