/**
 * MySQL does not keep the text of a JSON document: it stores integers in 64 bits and every other number as a double, and
 * rounds without a word. MariaDB keeps the text.
 */

const STRING_OR_NUMBER = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

/** True when MySQL would store each number of the document as the value that it has. Right for documents that are JSON. */
export function keepsJsonNumbers(document: string): boolean {
  for (const [token] of document.matchAll(STRING_OR_NUMBER)) {
    if (!token.startsWith('"') && !isKept(token)) {
      return false;
    }
  }
  return true;
}

function isKept(number: string): boolean {
  if (/^-?\d{1,20}$/.test(number)) {
    const integer = BigInt(number);
    if (integer >= MIN_INTEGER && integer <= MAX_INTEGER) {
      return true;
    }
  }
  const double = Number(number);
  return Number.isFinite(double) && normalize(number) === normalize(String(double));
}

/** Sign, digits without zeros around them, and the power of ten of the last one: equal texts are equal numbers. */
function normalize(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${power}`;
}
