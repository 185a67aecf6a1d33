/**
 * Texts of keys. When two of them are the same row depends on the collation, which only the server knows in full, so there
 * are two forms: an exact one that never makes one row of two, and a coarse one that never makes two rows of one.
 */
import type { Cell } from '../cell.ts';

/** Whether texts that differ only in spaces at their end are equal; false when the collation is not known. */
export function isPadded(collation: string | undefined): boolean {
  return collation !== undefined && !/_nopad_|_0900_/.test(collation) && collation !== 'binary';
}

/** Whether the collation tells all characters apart. */
export function isBinaryCollation(collation: string | undefined): boolean {
  return collation?.endsWith('_bin') === true || collation === 'binary';
}

export function canonText(cell: Cell): string | undefined {
  return typeof cell === 'string' ? cell : undefined;
}

/** Without the spaces at the end. */
export function canonPaddedText(cell: Cell): string | undefined {
  return typeof cell === 'string' ? trimSpaces(cell) : undefined;
}

function trimSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) {
    end -= 1;
  }
  return text.slice(0, end);
}

/** The members of a SET, each once, in a fixed order. */
export function canonSet(cell: Cell): string | undefined {
  return typeof cell === 'string' ? [...new Set(cell.split(',').map(trimSpaces))].sort().join(',') : undefined;
}

/**
 * The digits of a text and nothing else. Collations differ in what they make of case, accents, kana, ligatures, whole
 * letters and invisible characters, and no table of ours could follow all of them; but none takes one digit for another.
 * Long keys are numbered, so that this still spreads them well.
 *
 * Compared with the weights of MariaDB 10.11, character by character: holds for utf8mb4_general_ci. In the Unicode
 * collations some numerals that are no decimal digits (❶, 〇, cuneiform) weigh like digits; a key that is spelled once with
 * such a numeral and once with the digit is not covered.
 */
export function coarseText(cell: Cell, collation: string | undefined): string | undefined {
  if (typeof cell !== 'string') {
    return undefined;
  }
  if (IS_ASCII.test(cell)) {
    return cell.replace(/\D+/g, '');
  }
  const known = weighsSupplementary(collation) ? cell : cell.replace(SUPPLEMENTARY, '');
  return known
    .normalize('NFKD')
    .replace(/\P{Nd}+/gu, '')
    .replace(FOREIGN_DIGIT, (digit) => String(digitOf(digit)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const IS_ASCII = /^[\x00-\x7f]*$/;
const SUPPLEMENTARY = /[\u{10000}-\u{10ffff}]/gu;
const FOREIGN_DIGIT = /[^0-9]/gu;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** Collations of before Unicode 5.2 take all characters beyond U+FFFF for the same one. */
function weighsSupplementary(collation: string | undefined): boolean {
  return collation !== undefined && /_520_|_0900_|uca1400/.test(collation);
}

/** Unicode has the digits of each script in a row of ten. */
function digitOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) {
    zero -= 1;
  }
  return (code - zero) % 10;
}
