/**
 * How a column is asked for, and how the bytes of the answer become a cell: the same cell that the capture makes of the
 * stored value. What the text protocol would change is asked for by another expression.
 */
import { isUtf8 } from 'node:buffer';
import { doubleText, floatText } from '../../protocol/change/number-text.ts';
import type { ColumnShape } from '../catalog/table-shape.ts';
import { charsetOf } from '../target/mysql/column-definition.ts';
import { isStoredJson } from '../target/mysql/literal/choose-literal.ts';
import { quoteName } from '../target/mysql/quote-name.ts';
import { respellStoredJson } from './canon/stored-json.ts';
import { markUnreadable } from './unreadable-cell.ts';

export interface ColumnReading {
  readonly sql: string;
  readonly toCell: (bytes: Buffer) => string;
  /** Whether the server could show every character, as an SQL condition; undefined where it always can. */
  readonly isShown?: string;
}

export function planColumn(column: ColumnShape): ColumnReading {
  const name = quoteName(column.name);
  switch (column.kind) {
    case 'integer':
    case 'decimal':
      return { sql: name, toCell: /zerofill/i.test(column.columnType) ? readFilledNumber : readAscii };
    // As a double: a FLOAT would be shown with six digits, FLOAT(M,D) with D behind the point. Not by adding 0: it takes the
    // sign off -0.
    case 'float':
      return { sql: `CAST(${name}*1e0 AS CHAR)`, toCell: (bytes) => floatText(Math.fround(Number(readAscii(bytes)))) };
    case 'double':
      return { sql: `CAST(${name}*1e0 AS CHAR)`, toCell: (bytes) => doubleText(Number(readAscii(bytes))) };
    case 'date':
    case 'datetime':
    case 'timestamp':
    case 'time':
    case 'year':
      return { sql: name, toCell: readAscii };
    case 'enum':
    case 'set':
      return { sql: name, toCell: readUtf8 };
    case 'text':
      return planText(column, name);
    case 'json':
      return { sql: name, toCell: isStoredJson(column) ? (bytes) => respellStoredJson(readUtf8(bytes)) : readUtf8 };
    default:
      return { sql: name, toCell: readBase64 };
  }
}

/** Sets whose bytes are asked for as they are. */
const UTF8: ReadonlySet<string> = new Set(['utf8mb4', 'utf8mb3']);
/** Sets in which U+FFFD is a character; in others it stands for a code that is none. */
const UNICODE: ReadonlySet<string> = new Set([...UTF8, 'ucs2', 'utf16', 'utf16le', 'utf32']);

function planText({ collation }: ColumnShape, name: string): ColumnReading {
  // UUID, INET4 and INET6 of MariaDB.
  if (collation === undefined) {
    return { sql: `CAST(${name} AS CHAR)`, toCell: readUtf8 };
  }
  const charset = charsetOf(collation);
  if (UTF8.has(charset)) {
    return { sql: charset === 'utf8mb4' ? name : `CAST(${name} AS BINARY)`, toCell: readUtf8 };
  }
  const toCell = UNICODE.has(charset) ? readUtf8 : readConverted;
  return { sql: name, toCell, isShown: isShownWhole(name) };
}

/** A code that means no character is shown as a question mark: then there are more of them than are stored. */
function isShownWhole(name: string): string {
  const others = (text: string) => `CHAR_LENGTH(REPLACE(${text},'?',''))`;
  return `${others(name)}<=>${others(`CONVERT(${name} USING utf8mb4)`)}`;
}

/** Digits, dates, times: one byte a character. */
function readAscii(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** Without the zeros in front that ZEROFILL shows. */
function readFilledNumber(bytes: Buffer): string {
  return readAscii(bytes).replace(/^(-?)0+(?=\d)/, '$1');
}

function readBase64(bytes: Buffer): string {
  return bytes.toString('base64');
}

const REPLACEMENT = '\ufffd';

/** MariaDB lets half a pair of surrogates pass into a column. */
function readUtf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? markUnreadable(bytes) : text;
}

function readConverted(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes(REPLACEMENT) ? markUnreadable(bytes) : text;
}
