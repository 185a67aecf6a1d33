import type { TableShape } from './table-shape.ts';

/** The table as it is written: an ignored column is one that is never written, like one that the server computes. */
export function leaveOut(shape: TableShape, ignored: ReadonlySet<string>): TableShape {
  if (ignored.size === 0) {
    return shape;
  }
  const columns = shape.columns.map((column) =>
    ignored.has(column.name) ? { ...column, generated: true, ignored: true as const } : column,
  );
  return { ...shape, columns, columnByName: new Map(columns.map((column) => [column.name, column])) };
}
