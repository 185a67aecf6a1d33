import type { Cell } from './cell.ts';

/**
 * The column names of an image, in the order of its cells. Decoders intern layouts: images of the same table and shape
 * share one object, so whatever is derived from a layout can be cached by its identity.
 */
export interface ColumnLayout {
  readonly names: readonly string[];
  readonly indexByName: ReadonlyMap<string, number>;
}

/** A row before or after a change. A name missing from the layout is an absent column. */
export interface RowImage {
  readonly layout: ColumnLayout;
  /** One cell per name of the layout. */
  readonly cells: readonly Cell[];
}

export function buildLayout(names: readonly string[]): ColumnLayout {
  return { names, indexByName: new Map(names.map((name, index) => [name, index])) };
}

/** The cell of a column; undefined when the column is absent. */
export function findCell(image: RowImage, column: string): Cell | undefined {
  const index = image.layout.indexByName.get(column);
  return index === undefined ? undefined : image.cells[index];
}
