import type { Cell } from '../../protocol/change/cell.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { KeyCell } from '../../protocol/verify/row-name.ts';

/** The cells of a key, in its order, by the names of its columns; undefined when one is not named. */
export function arrangeKey(primaryKey: readonly string[], named: readonly KeyCell[]): readonly Cell[] | undefined {
  const cellOf = new Map(named);
  const cells = primaryKey.flatMap((column) => cellOf.get(column) ?? []);
  return primaryKey.length === 0 || cells.length < primaryKey.length ? undefined : cells;
}

/**
 * The key at the source of a row that is known from the target alone: its columns of the same names.
 *
 * @param filled columns whose values are looked up, and so do not come from the source row
 * @returns undefined when the row does not tell
 */
export function deriveSourceKey(
  primaryKey: readonly string[],
  image: RowImage,
  filled: ReadonlySet<string>,
): readonly KeyCell[] | undefined {
  const named = primaryKey.flatMap((column): readonly KeyCell[] => {
    const cell = filled.has(column) ? undefined : findCell(image, column);
    return typeof cell === 'string' ? [[column, cell]] : [];
  });
  return primaryKey.length === 0 || named.length < primaryKey.length ? undefined : named;
}
