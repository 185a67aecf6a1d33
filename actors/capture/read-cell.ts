/**
 * From the values of the log library to exact cell texts, one function per column type, chosen once per table
 * definition. The library's own renderings that are wrong or lossy are put right here; each is named where it happens.
 */
import { doubleText, floatText } from '../../protocol/change/number-text.ts';
import type { CellForm } from './binlog-reader.ts';
import type { DecodeTextFunc } from './decode-text.ts';
import { readJson } from './read-json.ts';

/** A value that is not NULL; undefined when it cannot be carried exactly. */
export type ReadCell = (value: unknown) => string | undefined;

export interface CellReader {
  readonly form: CellForm;
  readonly read: ReadCell;
}

/** Formats of before MySQL 5.6, which the log describes too poorly to read them safely. */
const OLD_TEMPORAL_CODES: ReadonlySet<number> = new Set([7, 11, 12]);

const number = (read: ReadCell): CellReader => ({ form: 'number', read });
const text = (read: ReadCell): CellReader => ({ form: 'text', read });

const READERS: Readonly<Record<string, CellReader>> = {
  tinyint: number(readInteger),
  smallint: number(readInteger),
  mediumint: number(readInteger),
  int: number(readInteger),
  bigint: number(readInteger),
  float: number(readFloat),
  double: number(readDouble),
  year: text(readYear), // 0000 is no JSON number
  decimal: text(readText),
  date: text(readText),
  datetime: text(readText),
  timestamp: text(readText),
  time: text(readTime),
  enum: text(readEnum),
  set: text(readText),
  json: text(readJsonCell),
  binary: text(readBytes),
  varbinary: text(readBytes),
  tinyblob: text(readBytes),
  blob: text(readBytes),
  mediumblob: text(readBytes),
  longblob: text(readBytes),
  bit: text(readBytes),
  ...Object.fromEntries(
    [
      'geometry',
      'point',
      'linestring',
      'polygon',
      'multipoint',
      'multilinestring',
      'multipolygon',
      'geomcollection',
    ].map((type) => [type, text(readBytes)]),
  ),
};

const CHARACTER_TYPES: ReadonlySet<string> = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);

export interface LoggedType {
  /** As the log library derives it: "bigint unsigned", "varchar(40)". */
  readonly columnType: string;
  /** Type code of the log. */
  readonly code: number;
  /** Character set; undefined for what has no characters, and when the source does not know it. */
  readonly charset: string | undefined;
  /** Undefined when there is no way to decode the character set. */
  readonly decode: DecodeTextFunc | undefined;
}

/** The reader of a column; undefined when its type is not supported. */
export function chooseCellReader(type: LoggedType): CellReader | undefined {
  if (OLD_TEMPORAL_CODES.has(type.code)) {
    return undefined;
  }
  const name = baseType(type.columnType);
  if (CHARACTER_TYPES.has(name)) {
    const { decode } = type;
    return decode && text((value) => (Buffer.isBuffer(value) ? decode(value) : undefined));
  }
  return Object.hasOwn(READERS, name) ? READERS[name] : undefined;
}

export function isTextType(name: string): boolean {
  return CHARACTER_TYPES.has(name);
}

/** "bigint" of "bigint(20) unsigned". */
export function baseType(columnType: string): string {
  return /^[a-z]+/.exec(columnType)?.[0] ?? '';
}

/** Within 53 bits a number, beyond them the exact text. */
function readInteger(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readBytes(value: unknown): string | undefined {
  return Buffer.isBuffer(value) ? value.toString('base64') : undefined;
}

/** The library hands out its 64-bit widening. */
function readFloat(value: unknown): string | undefined {
  return typeof value === 'number' ? floatText(value) : undefined;
}

/** MySQL only: MariaDB's JSON is a text column in the log. */
function readJsonCell(value: unknown): string | undefined {
  return Buffer.isBuffer(value) ? readJson(value) : undefined;
}

function readDouble(value: unknown): string | undefined {
  return typeof value === 'number' ? doubleText(value) : undefined;
}

/** The library adds 1900 to the stored byte, whose 0 stands for the year 0000. */
function readYear(value: unknown): string | undefined {
  return value === 1900 ? '0000' : readInteger(value);
}

/** The value 0 of an ENUM is its error value, the empty text; the library finds no name for it. */
function readEnum(value: unknown): string | undefined {
  return value === undefined ? '' : readText(value);
}

/**
 * A negative time whose seconds are 0 arrives with the carry left over: -00:01:00 as "-00:00:64", -01:00:00 as
 * "-00:63:64" (its fields are of six bits each).
 */
function readTime(value: unknown): string | undefined {
  const match = typeof value === 'string' ? /^-(\d+):(\d\d):64(\.0+)?$/.exec(value) : null;
  if (match === null) {
    return readText(value);
  }
  const carried = Number(match[2]) + 1;
  const hours = Number(match[1]) + (carried === 64 ? 1 : 0);
  const minutes = carried === 64 ? 0 : carried;
  return `-${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}:00${match[3] ?? ''}`;
}
