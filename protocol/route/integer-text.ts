import type { Cell } from '../change/cell.ts';

/** Texts of so many characters are exact as a JS number. */
export const SAFE_DIGITS = 15;

/** Whether a cell is an integer of up to 30 digits. */
export function isIntegerText(cell: Cell | undefined): cell is string {
  return typeof cell === 'string' && /^-?\d{1,30}$/.test(cell);
}
