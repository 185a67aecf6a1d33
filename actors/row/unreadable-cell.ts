import type { Cell } from '../../protocol/change/cell.ts';

const MARK = '\udfff';

/**
 * The cell of bytes that mean no character, of which the capture makes no cell at all. Half a pair of surrogates is in
 * front, which no record carries and no column takes: it differs from every value, and nobody can write it, or ask for it.
 */
export function markUnreadable(bytes: Buffer): string {
  return MARK + bytes.toString('hex');
}

export function isUnreadable(cell: Cell): boolean {
  return typeof cell === 'string' && cell.startsWith(MARK);
}
