/**
 * How the values of a column are written in a record, where that is not the text that the column itself would show. A
 * schema part tells it, or the settings, by these names:
 *
 * plain          the text or number as it stands; binary columns in base64
 * date           days since 1970-01-01
 * time-ms …      milliseconds (microseconds, nanoseconds), for TIME
 * datetime-ms …  milliseconds (microseconds, nanoseconds) since 1970-01-01 00:00:00, for DATETIME
 * zoned          "2026-01-31T12:00:00.5Z", for TIMESTAMP and DATETIME
 * iso-date       "2026-01-31Z"
 * iso-time       "12:00:00.5Z"
 * decimal-N      bytes in base64 of the value without its point, which has N digits behind it
 * unsigned       BIGINT UNSIGNED in 64 bits with a sign
 * bits           BIT as bytes in base64, lowest first
 * bit-number     BIT as a whole number
 * hex            binary as hexadecimal digits
 * base64url      binary in the alphabet of URLs
 * json           a JSON document as a part of the record, not as a text of its own
 * set            SET as an array of texts
 * enum           ENUM with commas as "\,"
 */
import type { Cell } from '../cell.ts';
import {
  buildDecimalConversion,
  convertBase64Url,
  convertBitNumber,
  convertBits,
  convertEnum,
  convertHex,
  convertJson,
  convertSet,
  convertUnsigned,
} from './convert-bytes.ts';
import {
  buildTimeConversion,
  buildTimestampConversion,
  convertDays,
  convertIsoDate,
  convertIsoTime,
  convertZoned,
} from './convert-time.ts';

/** @returns undefined for a cell that is not written like that. NULL never comes here. */
export type ConvertFunc = (cell: Cell) => Cell | undefined;

const CONVERSIONS: ReadonlyMap<string, ConvertFunc | undefined> = new Map<string, ConvertFunc | undefined>([
  ['plain', undefined],
  ['date', convertDays],
  ['time-ms', buildTimeConversion(3)],
  ['time-us', buildTimeConversion(6)],
  ['time-ns', buildTimeConversion(9)],
  ['datetime-ms', buildTimestampConversion(3)],
  ['datetime-us', buildTimestampConversion(6)],
  ['datetime-ns', buildTimestampConversion(9)],
  ['zoned', convertZoned],
  ['iso-date', convertIsoDate],
  ['iso-time', convertIsoTime],
  ['unsigned', convertUnsigned],
  ['bits', convertBits],
  ['bit-number', convertBitNumber],
  ['hex', convertHex],
  ['base64url', convertBase64Url],
  ['json', convertJson],
  ['set', convertSet],
  ['enum', convertEnum],
]);

const DECIMAL = /^decimal-([0-9]|[12][0-9]|3[0-8])$/;

/** For people. */
export const COLUMN_FORMS: readonly string[] = [...CONVERSIONS.keys(), 'decimal-N'];

export function isColumnForm(form: string): boolean {
  return CONVERSIONS.has(form) || DECIMAL.test(form);
}

export interface ColumnForm {
  readonly name: string;
  /** Undefined when cells stay as they are. */
  readonly convert: ConvertFunc | undefined;
}

/** @param name one that isColumnForm knows */
export function getColumnForm(name: string): ColumnForm {
  const scale = DECIMAL.exec(name)?.[1];
  return { name, convert: scale === undefined ? CONVERSIONS.get(name) : buildDecimalConversion(Number(scale)) };
}
