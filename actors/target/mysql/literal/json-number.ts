/**
 * What MySQL makes of a number in the text of a JSON document: integers of 64 bits stay, every other number becomes a
 * double. It reads long decimals fast and not exactly: one in six is off by one in its last bit.
 *
 * exact      its text gives the value that it says
 * double     it is a double, but its text may give the neighbour of it
 * decimal    no double is the value that it says, but a DECIMAL is, which a document may hold too
 * lossy      nothing is
 */
export type StoredNumber = 'exact' | 'double' | 'decimal' | 'lossy';

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;
/** Up to here both a whole number and a power of ten are doubles, so that one division or multiplication is exact. */
const MAX_EXACT_DIGITS = 15;
const MAX_EXACT_POWER = 22;

/** @param number a number token of JSON */
export function judgeStoredNumber(number: string): StoredNumber {
  if (/^-?\d{1,20}$/.test(number) && number !== '-0') {
    const integer = BigInt(number);
    if (integer >= MIN_INTEGER && integer <= MAX_INTEGER) {
      return 'exact';
    }
  }
  const double = Number(number);
  if (!Number.isFinite(double) || normalize(number) !== normalize(String(double))) {
    return isDecimal(number) ? 'decimal' : 'lossy';
  }
  return isReadExactly(number) ? 'exact' : 'double';
}

const MAX_DECIMAL_DIGITS = 65;
const MAX_DECIMAL_SCALE = 30;

function isDecimal(number: string): boolean {
  const [, , whole = '', fraction = '', exponent] = NUMBER.exec(number) ?? [];
  const isShort = whole.length + fraction.length <= MAX_DECIMAL_DIGITS && fraction.length <= MAX_DECIMAL_SCALE;
  return isShort && whole !== '' && exponent === undefined;
}

function isReadExactly(number: string): boolean {
  const [, , whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const power = Number(exponent) - fraction.length;
  return digits.length <= MAX_EXACT_DIGITS && Math.abs(power) <= MAX_EXACT_POWER && number !== '-0';
}

/** Sign, digits without zeros around them, and the power of ten of the last one: equal texts are equal numbers. */
function normalize(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${power}`;
}
