import { refuseSyntax } from './decode-refusal.ts';
import { isDigit, LETTER_E, LETTER_SMALL_E, MINUS, PLUS, POINT, ZERO } from './json-byte.ts';

/** @returns where the number that starts here ends @throws DecodeRefusal ERG_1002 */
export function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === POINT) {
    at = skipDigits(bytes, at + 1);
  }
  if (bytes[at] === LETTER_SMALL_E || bytes[at] === LETTER_E) {
    const hasSign = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS;
    at = skipDigits(bytes, hasSign ? at + 2 : at + 1);
  }
  return at;
}

/** @returns the first byte that is no digit; there must be one digit at least */
function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at] ?? 0)) {
    at += 1;
  }
  if (at === start) {
    throw refuseSyntax(at, 'a digit');
  }
  return at;
}

/** Any number of so many digits is exact. */
const SAFE_DIGITS = 15;

/** The whole number in a JSON number of up to 15 digits; -1 when it has a sign, a point, an exponent or more digits. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > SAFE_DIGITS) {
    return -1;
  }
  let integer = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (!isDigit(byte)) {
      return -1;
    }
    integer = integer * 10 + byte - ZERO;
  }
  return integer;
}
