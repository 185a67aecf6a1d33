import type { Cell } from '../cell.ts';

const ZERO = 48;
const NINE = 57;

/** More would be longer than any number that a server keeps exactly (65 digits, 30 of them after the point). */
const MAX_EXPONENT = 400;

/** "1", "01", "+1", " 1", "1.0", "10e-1" and true are the integer 1. Undefined for what is no integer. */
export function canonInteger(cell: Cell): string | undefined {
  if (typeof cell === 'string') {
    if (isPlainInteger(cell)) {
      return cell;
    }
    const canonical = canonDecimal(cell);
    return canonical?.includes('.') === true ? undefined : canonical;
  }
  return typeof cell === 'boolean' ? String(Number(cell)) : undefined;
}

/** Digits without a leading zero: what nearly every key is. */
function isPlainInteger(text: string): boolean {
  const first = text.charCodeAt(0);
  if (!(first > ZERO && first <= NINE)) {
    return text === '0';
  }
  for (let index = 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) {
      return false;
    }
  }
  return true;
}

const NUMBER = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?\s*$/;

/** The number without sign of plus, exponent, leading zeros, and zeros at the end of its fraction. */
export function canonDecimal(cell: Cell): string | undefined {
  if (typeof cell === 'boolean') {
    return String(Number(cell));
  }
  const match = typeof cell === 'string' ? NUMBER.exec(cell) : null;
  if (match === null) {
    return undefined;
  }
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+/, '');
  if (significant === '') {
    return '0';
  }
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) {
    return undefined;
  }
  const decimals = fraction.length - exponent;
  const plain = placePoint(significant, decimals);
  return sign === '-' ? `-${plain}` : plain;
}

/** @param decimals digits after the point; negative for zeros to append */
function placePoint(significant: string, decimals: number): string {
  if (decimals <= 0) {
    return significant + '0'.repeat(-decimals);
  }
  const padded = significant.padStart(decimals + 1, '0');
  const whole = padded.slice(0, -decimals);
  const fraction = padded.slice(-decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** The shortest text of the 64-bit number. */
export function canonDouble(cell: Cell): string | undefined {
  return showNumber(typeof cell === 'string' && NUMBER.test(cell) ? Number(cell) : Number.NaN);
}

/** The shortest text of the 64-bit number that is the nearest 32-bit number. */
export function canonFloat(cell: Cell): string | undefined {
  return showNumber(typeof cell === 'string' && NUMBER.test(cell) ? Math.fround(Number(cell)) : Number.NaN);
}

/** One text for 0 and -0, which servers do not tell apart. */
function showNumber(number: number): string | undefined {
  return Number.isFinite(number) ? String(number === 0 ? 0 : number) : undefined;
}
