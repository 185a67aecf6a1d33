const ZERO = 48;
const NINE = 57;

/** Index of the first character at or after `start` that is no decimal digit. */
export function skipDigits(text: string, start: number): number {
  let index = start;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) {
      break;
    }
    index++;
  }
  return index;
}

/** The two digits at `index` as a number 0..99; -1 when they are not two digits. */
export function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - ZERO;
  const ones = text.charCodeAt(index + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** True when only the digit 0 stands from `start` up to `end`. */
export function isZeros(text: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (text.charCodeAt(index) !== ZERO) {
      return false;
    }
  }
  return true;
}
