/**
 * Compares a row as it should be with the row that is there, cell by cell and byte by byte. What should be there is what
 * the write path would have written; only what the server makes of that is allowed for (canon-column.ts).
 */
import type { Cell } from '../../protocol/change/cell.ts';
import type { ColumnLayout, RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type CanonCellFunc, canonColumn, canonStored } from './canon/canon-column.ts';

export interface CompareOptions {
  /** True for the names of marker columns. */
  readonly isMarker: (name: string) => boolean;
}

/** One column that both images have. */
export interface ComparedColumn {
  readonly name: string;
  readonly expectedIndex: number;
  readonly storedIndex: number;
  readonly canon: CanonCellFunc;
  /** Of a stored cell that is not NULL. */
  readonly canonStored: (cell: string) => string;
}

/**
 * The columns that are compared, in the order of the table: those that the write path would write. Not compared are columns
 * that the expected image or the table has not, generated and ignored ones, and markers.
 *
 * @param expected layout of records, or of rows of the source
 * @param stored layout of rows that were read with the shape
 */
export function listCompared(
  expected: ColumnLayout,
  stored: ColumnLayout,
  table: TableShape,
  { isMarker }: CompareOptions,
): readonly ComparedColumn[] {
  return table.columns.flatMap((column) => {
    const { name } = column;
    const expectedIndex = expected.indexByName.get(name);
    const storedIndex = stored.indexByName.get(name);
    if (expectedIndex === undefined || storedIndex === undefined || column.generated || isMarker(name)) {
      return [];
    }
    return [{ name, expectedIndex, storedIndex, canon: canonColumn(column), canonStored: canonStored(column) }];
  });
}

/**
 * Names of the columns of the target that differ, in the order of the table.
 * @throws ReplicationError ERG_32xx, ERG_33xx: the row cannot be compared, for its column cannot hold a cell as it is
 */
export type CompareRowFunc = (expected: RowImage, stored: RowImage) => readonly string[];

const EQUAL: readonly string[] = [];

/** Parameters as those of `listCompared`. */
export function planCompare(
  expected: ColumnLayout,
  stored: ColumnLayout,
  table: TableShape,
  options: CompareOptions,
): CompareRowFunc {
  return compareBy(listCompared(expected, stored, table, options));
}

export function compareBy(columns: readonly ComparedColumn[]): CompareRowFunc {
  return (expected, stored) => {
    let different: string[] | undefined;
    for (const column of columns) {
      const expectedCell = expected.cells[column.expectedIndex] ?? null;
      const storedCell = stored.cells[column.storedIndex] ?? null;
      // Nearly always the texts are the same, and no column shows two values by one text.
      if (expectedCell !== storedCell && !isSame(column, expectedCell, storedCell)) {
        different ??= [];
        different.push(column.name);
      }
    }
    return different ?? EQUAL;
  };
}

function isSame({ canon, canonStored }: ComparedColumn, expected: Cell, stored: Cell): boolean {
  const text = canon(expected);
  return text === stored || (text !== null && typeof stored === 'string' && text === canonStored(stored));
}
