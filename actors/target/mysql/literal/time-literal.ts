/**
 * Dates and times are checked against the grammar and passed as the text they came in; no Date object ever sees them.
 * Zero dates and days of month 0 are values of MySQL and pass; 30 February does not.
 */
import type { Cell } from '../../../../protocol/change/cell.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { refuseCell } from './cell-refusal.ts';
import { isZeros, skipDigits, twoDigits } from './digits.ts';

const DATE_LENGTH = 10;
const DASH = 45;
const COLON = 58;
const POINT = 46;
const SPACE = 32;
const LETTER_T = 84;
const MAX_FRACTION = 6;
const MAX_HOURS = 838;

/** 'YYYY-MM-DD' */
export function dateLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'string' && cell.length === DATE_LENGTH && startsWithDate(cell)) {
    return `'${cell}'`;
  }
  throw refuseCell('ERG_3301', column, 'a date as YYYY-MM-DD');
}

/** 'YYYY-MM-DD hh:mm:ss' with up to six digits after the second; T may stand for the space. */
export function datetimeLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'string' && startsWithDate(cell)) {
    const separator = cell.charCodeAt(DATE_LENGTH);
    const hour = twoDigits(cell, DATE_LENGTH + 1);
    if ((separator === SPACE || separator === LETTER_T) && hour >= 0 && hour < 24) {
      const end = skipMinutesAndSeconds(cell, DATE_LENGTH + 3);
      if (end > 0 && isFraction(cell, end)) {
        checkFraction(cell, end, column);
        return `'${cell}'`;
      }
    }
  }
  throw refuseCell('ERG_3301', column, 'a time as YYYY-MM-DD hh:mm:ss');
}

/** '[-]h:mm:ss' up to 838 hours, with up to six digits after the second. */
export function timeLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'string') {
    const start = cell.charCodeAt(0) === DASH ? 1 : 0;
    const hoursEnd = skipDigits(cell, start);
    const digits = hoursEnd - start;
    if (digits >= 1 && digits <= 3 && Number(cell.slice(start, hoursEnd)) <= MAX_HOURS) {
      const end = skipMinutesAndSeconds(cell, hoursEnd);
      if (end > 0 && isFraction(cell, end)) {
        checkFraction(cell, end, column);
        return `'${cell}'`;
      }
    }
  }
  throw refuseCell('ERG_3301', column, `a time as h:mm:ss, at most ${MAX_HOURS} hours`);
}

/** Expects ":mm:ss" at `index`; returns the index behind it, or -1. */
function skipMinutesAndSeconds(text: string, index: number): number {
  const minute = twoDigits(text, index + 1);
  const second = twoDigits(text, index + 4);
  const isRight =
    text.charCodeAt(index) === COLON &&
    text.charCodeAt(index + 3) === COLON &&
    minute >= 0 &&
    minute < 60 &&
    second >= 0 &&
    second < 60;
  return isRight ? index + 6 : -1;
}

function isFraction(text: string, index: number): boolean {
  if (index === text.length) {
    return true;
  }
  const digits = text.length - index - 1;
  return (
    text.charCodeAt(index) === POINT &&
    digits >= 1 &&
    digits <= MAX_FRACTION &&
    skipDigits(text, index + 1) === text.length
  );
}

/** MySQL would round and MariaDB would cut, both without an error. */
function checkFraction(text: string, index: number, column: ColumnShape): void {
  const kept = column.fraction ?? 0;
  if (text.length - index - 1 > kept && !isZeros(text, index + 1 + kept, text.length)) {
    throw refuseCell('ERG_3302', column, `at most ${kept} digits after the second`);
  }
}

function startsWithDate(text: string): boolean {
  const century = twoDigits(text, 0);
  const year = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return (
    century >= 0 &&
    year >= 0 &&
    month >= 0 &&
    month <= 12 &&
    day >= 0 &&
    day <= daysOfMonth(century * 100 + year, month) &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH
  );
}

/** Of the proleptic Gregorian calendar; month 0 has up to 31. */
function daysOfMonth(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
