/** Approximate numbers as the capture writes them and as rows are read: one text per value. */

/** The shortest decimal that gives the same 64-bit number; -0 keeps its sign. */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Smallest 32-bit number that has all its digits. */
const MIN_NORMAL = 2 ** -126;
/** Any decimal of so many digits survives a 32-bit number that is not below the normal ones. */
const SURE_DIGITS = 6;
/** So many tell any two 32-bit numbers apart. */
const MAX_DIGITS = 9;

/** The shortest decimal that gives the same 32-bit number. @param value that is one */
export function floatText(value: number): string {
  if (value === 0) {
    return doubleText(value); // toPrecision drops the sign of -0
  }
  // With six digits a shorter decimal shows as well, as zeros at the end, which Number drops.
  for (let digits = Math.abs(value) < MIN_NORMAL ? 1 : SURE_DIGITS; digits < MAX_DIGITS; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) {
      return doubleText(rounded);
    }
  }
  return doubleText(Number(value.toPrecision(MAX_DIGITS)));
}

/** A double inside a JSON document, with a point or an exponent: without one it would be read as an integer. */
export function jsonDoubleText(value: number): string {
  const text = doubleText(value).replace('e+', 'e');
  return /[.e]/.test(text) ? text : `${text}.0`;
}
