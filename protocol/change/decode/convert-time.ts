/**
 * Counts of days or of parts of a second, as Debezium and Kafka Connect write dates and times, to the texts of MySQL. The
 * digits are cut as text where a number would lose some: microseconds pass 2^53 in the year 2255.
 */
import type { ConvertFunc } from './column-form.ts';

const INTEGER = /^-?\d{1,19}$/;
const DAY_SECONDS = 86_400;
const ERA_DAYS = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH_SHIFT_DAYS = 719_468;
const FIRST_DAY = -719_528; // 0000-01-01
const LAST_DAY = 2_932_896; // 9999-12-31

/** @param cell days since 1970-01-01 */
export const convertDays: ConvertFunc = (cell) =>
  typeof cell === 'string' && INTEGER.test(cell) ? formatDay(Number(cell)) : undefined;

/** @param digits of the fraction of a second: 3 for milliseconds since 1970-01-01 00:00:00 */
export function buildTimestampConversion(digits: number): ConvertFunc {
  return (cell) => {
    const count = splitCount(cell, digits);
    if (count === undefined) {
      return undefined;
    }
    const { whole, fraction, isNegative } = count;
    const isBorrowed = isNegative && fraction > 0;
    const seconds = (isNegative ? -whole : whole) - (isBorrowed ? 1 : 0);
    const day = Math.floor(seconds / DAY_SECONDS);
    const date = formatDay(day);
    const parts = isBorrowed ? 10 ** digits - fraction : fraction;
    return date && `${date} ${formatClock(seconds - day * DAY_SECONDS)}${formatFraction(parts, digits)}`;
  };
}

/** @param digits of the fraction of a second: 6 for microseconds; TIME of MySQL may be negative and longer than a day */
export function buildTimeConversion(digits: number): ConvertFunc {
  return (cell) => {
    const count = splitCount(cell, digits);
    if (count === undefined) {
      return undefined;
    }
    const { whole, fraction, isNegative } = count;
    const isZero = whole === 0 && fraction === 0;
    return `${isNegative && !isZero ? '-' : ''}${formatClock(whole)}${formatFraction(fraction, digits)}`;
  };
}

const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:Z|[+-]00:00)?$/;
const ISO_TIME = /^(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]00:00)?$/;
const ZONED = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|[+-]00:00)$/;

export const convertIsoDate: ConvertFunc = (cell) => (typeof cell === 'string' ? ISO_DATE.exec(cell)?.[1] : undefined);

export const convertIsoTime: ConvertFunc = (cell) => {
  const match = typeof cell === 'string' ? ISO_TIME.exec(cell) : null;
  return match === null ? undefined : `${match[1]}${cutFraction(match[2])}`;
};

/** Connectors write TIMESTAMP in UTC; with any other offset the value is not what it seems. */
export const convertZoned: ConvertFunc = (cell) => {
  const match = typeof cell === 'string' ? ZONED.exec(cell) : null;
  if (match === null) {
    return undefined;
  }
  const [, date, time, digits] = match;
  return `${date} ${time}${cutFraction(digits)}`;
};

function cutFraction(digits = ''): string {
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '' : `.${significant}`;
}

interface SplitCount {
  readonly whole: number;
  readonly fraction: number;
  readonly isNegative: boolean;
}

function splitCount(cell: unknown, digits: number): SplitCount | undefined {
  if (typeof cell !== 'string' || !INTEGER.test(cell)) {
    return undefined;
  }
  const isNegative = cell.startsWith('-');
  const start = isNegative ? 1 : 0;
  const cut = Math.max(start, cell.length - digits);
  return { whole: Number(cell.slice(start, cut)), fraction: Number(cell.slice(cut)), isNegative };
}

/** Times of neighbouring rows are mostly of one day. */
let lastDay = Number.NaN;
let lastDate = '';

/** @returns undefined outside of the years 0 to 9999 */
function formatDay(day: number): string | undefined {
  if (day === lastDay) {
    return lastDate;
  }
  if (day < FIRST_DAY || day > LAST_DAY) {
    return undefined;
  }
  lastDay = day;
  lastDate = computeDate(day);
  return lastDate;
}

/** The civil calendar, counted in eras of 400 years that begin in March. */
function computeDate(day: number): string {
  const shifted = day + EPOCH_SHIFT_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(dayOfMonth)}`;
}

function formatClock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

function formatFraction(parts: number, digits: number): string {
  return parts === 0 ? '' : `.${String(parts).padStart(digits, '0').replace(/0+$/, '')}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
