/** Times as MySQL writes them, to and from ms since 1970 UTC, by arithmetic alone: no Date object, no time zone. */

const DAY_MS = 86_400_000;

const TWO = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));
const two = (value: number) => TWO[value] ?? '';

/** The date of the last call: nearly always that of the next one. */
let lastDay = Number.NaN;
let lastDate = '';

/** @returns 'YYYY-MM-DD hh:mm:ss.mmm' for times from year 0 to 9999 */
export function formatUtc(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  if (day !== lastDay) {
    const [year, month, dayOfMonth] = civilOf(day);
    lastDate = `${String(year).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}`;
    lastDay = day;
  }
  const rest = ms - day * DAY_MS;
  const seconds = Math.floor(rest / 1_000);
  const minutes = Math.floor(seconds / 60);
  const millis = Math.floor(rest % 1_000);
  const fraction = `${Math.floor(millis / 100)}${two(millis % 100)}`;
  return `${lastDate} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${fraction}`;
}

/**
 * @param text 'YYYY-MM-DD hh:mm:ss' with up to six digits after the second
 * @returns ms, with the microseconds as its fraction; NaN for any other text, zero dates included
 */
export function parseUtc(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (text.length < 19 || text.charCodeAt(4) !== DASH || !(month >= 1 && month <= 12 && day >= 1)) {
    return Number.NaN;
  }
  const seconds = (digits(text, 11, 2) * 60 + digits(text, 14, 2)) * 60 + digits(text, 17, 2);
  return daysOf(year, month, day) * DAY_MS + seconds * 1_000 + parseFraction(text);
}

const DASH = 45;
const POINT = 46;
const FRACTION_AT = 20;

function parseFraction(text: string): number {
  if (text.length === FRACTION_AT - 1) {
    return 0;
  }
  const length = text.length - FRACTION_AT;
  if (text.charCodeAt(FRACTION_AT - 1) !== POINT || length < 1 || length > 6) {
    return Number.NaN;
  }
  return digits(text, FRACTION_AT, length) * 10 ** (3 - length);
}

function digits(text: string, start: number, length: number): number {
  let value = 0;
  for (let index = start; index < start + length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) {
      return Number.NaN;
    }
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 1970-01-01 of a day of the Gregorian calendar, by eras of 400 years that begin on 1 March. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function civilOf(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
