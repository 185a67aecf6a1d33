/**
 * The key of a change record: the cells of its columns, NULL as the empty text. Two rows whose keys look alike share a
 * record and an order, which does no harm.
 */
export function joinRecordKey(cells: readonly (string | null | undefined)[]): string {
  return cells.map((cell) => cell ?? '').join('|');
}
