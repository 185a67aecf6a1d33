import type { Cell } from '../../../../protocol/change/cell.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { refuseCell } from './cell-refusal.ts';
import { isZeros, skipDigits } from './digits.ts';

const MINUS = 45;
const POINT = 46;

/** Longest number that the server reads exactly when it is not in quotes: 65 digits, a point and a sign. */
const MAX_EXACT_LITERAL = 65;

/** true becomes 1, false 0; a text must be digits with an optional minus and is passed unchanged. */
export function integerLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'string') {
    const start = cell.charCodeAt(0) === MINUS ? 1 : 0;
    if (cell.length > start && skipDigits(cell, start) === cell.length) {
      return cell;
    }
  } else if (typeof cell === 'boolean') {
    return cell ? '1' : '0';
  }
  throw refuseCell('ERG_3301', column, 'an integer');
}

/**
 * Plain decimals pass unchanged; one with an exponent goes in quotes, because the server reads a bare one as a double.
 * @throws ReplicationError ERG_3301; ERG_3302 when the column has fewer digits after the point (the server would round
 *   and only warn)
 */
export function decimalLiteral(cell: Cell, column: ColumnShape, scale: number): string {
  if (typeof cell === 'string') {
    return isPlainDecimal(cell) ? plainLiteral(cell, column, scale) : exponentLiteral(cell, column, scale);
  }
  if (typeof cell === 'boolean') {
    return cell ? '1' : '0';
  }
  throw refuseCell('ERG_3301', column, 'a decimal number');
}

/** True for -?digits[.digits]. */
function isPlainDecimal(text: string): boolean {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  const wholeEnd = skipDigits(text, start);
  if (wholeEnd === text.length || text.charCodeAt(wholeEnd) !== POINT) {
    return wholeEnd === text.length && wholeEnd > start;
  }
  return wholeEnd > start && text.length > wholeEnd + 1 && skipDigits(text, wholeEnd + 1) === text.length;
}

function plainLiteral(text: string, column: ColumnShape, scale: number): string {
  const point = text.indexOf('.');
  if (point >= 0 && text.length - point - 1 > scale && !isZeros(text, point + 1 + scale, text.length)) {
    throw refuseCell('ERG_3302', column, `at most ${scale} digits after the point`);
  }
  return text.length <= MAX_EXACT_LITERAL ? text : `'${dropZeros(text, scale)}'`;
}

/** In front, and behind the scale of the column: MySQL refuses a number of too many digits, also when they are zeros. */
function dropZeros(text: string, scale: number): string {
  const [whole = '', fraction = ''] = text.replace(/^(-?)0+(?=\d)/, '$1').split('.');
  const kept = fraction.slice(0, scale);
  return kept === '' ? whole : `${whole}.${kept}`;
}

const SCIENTIFIC = /^-?(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,4})$/;

function exponentLiteral(cell: string, column: ColumnShape, scale: number): string {
  const match = SCIENTIFIC.exec(cell);
  if (match === null) {
    throw refuseCell('ERG_3301', column, 'a decimal number');
  }
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const significant = `${whole}${fraction}`.replace(/0+$/, '');
  const digitsAfterPoint = significant.length - whole.length - Number(exponent);
  if (significant !== '' && digitsAfterPoint > scale) {
    throw refuseCell('ERG_3302', column, `at most ${scale} digits after the point`);
  }
  return `'${cell}'`;
}

const FLOAT = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** In quotes: the server rounds a bare literal without exponent to 30 digits after the point before it makes it a double. */
export function doubleLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'string' && FLOAT.test(cell)) {
    return `'${cell}'`;
  }
  throw refuseCell('ERG_3301', column, 'a number');
}

/**
 * The nearest 32-bit value, spelled out as the double that it is: the server compares in doubles, so a key written as
 * '1.1' would not be found again, and it takes the shortest text of the largest value for one that is too large.
 */
export function floatLiteral(cell: Cell, column: ColumnShape): string {
  const literal = doubleLiteral(cell, column);
  const nearest = Math.fround(Number(cell));
  // The server refuses what is out of range; of a zero, the sign counts.
  return nearest === 0 || !Number.isFinite(nearest) ? literal : `'${nearest}'`;
}

/**
 * For FLOAT(M,D) and DOUBLE(M,D), whose values the server rounds to D digits after the point without a word. Kept are the
 * numbers of D digits, and the doubles beside them that the rounding itself makes (-0.01 becomes -0.010000000000000009,
 * which is then what a source has).
 *
 * @param round to what the column holds: Math.fround, or nothing
 * @throws ReplicationError ERG_3302
 */
export function assertKeptDigits(
  cell: Cell,
  column: ColumnShape,
  digits: number,
  round: (value: number) => number,
): void {
  const value = round(Number(cell));
  const isKept = round(Number(value.toFixed(digits))) === value || round(roundAsServer(value, digits)) === value;
  if (Number.isFinite(value) && !isKept) {
    throw refuseCell('ERG_3302', column, `at most ${digits} digits after the point`);
  }
}

/** The same operations on doubles in the same order as in the server (Field_real::truncate). */
export function roundAsServer(value: number, digits: number): number {
  const whole = Math.floor(value);
  const power = Number(`1e${digits}`);
  return whole + roundHalfEven((value - whole) * power) / power;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) {
    return below % 2 === 0 ? below : below + 1;
  }
  return rest < 0.5 ? below : below + 1;
}

const FIRST_YEAR = 1901;
const LAST_YEAR = 2155;

/** 0 or four digits; "69" is refused because the server would make it 2069. As a bare number, in which 0 stays 0000. */
export function yearLiteral(cell: Cell, column: ColumnShape): string {
  if (cell === '0' || cell === '0000') {
    return '0';
  }
  if (typeof cell === 'string' && cell.length === 4 && skipDigits(cell, 0) === 4) {
    const year = Number(cell);
    if (year >= FIRST_YEAR && year <= LAST_YEAR) {
      return cell;
    }
  }
  throw refuseCell('ERG_3301', column, `a year, 0 or ${FIRST_YEAR} to ${LAST_YEAR}`);
}
