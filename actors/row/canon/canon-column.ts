/**
 * What a target column holds once a cell was written to it, as the text by which it is read again. The loosening is all on
 * this side: only what the server itself makes of a value is predicted, and what is stored is taken as it is.
 */
import { type Cell, JsonDocument } from '../../../protocol/change/cell.ts';
import { canonDecimal } from '../../../protocol/change/key/canon-number.ts';
import { doubleText, floatText } from '../../../protocol/change/number-text.ts';
import type { ColumnShape } from '../../catalog/table-shape.ts';
import { refuseCell } from '../../target/mysql/literal/cell-refusal.ts';
import { chooseLiteral, isStoredJson, parseScale } from '../../target/mysql/literal/choose-literal.ts';
import { roundAsServer } from '../../target/mysql/literal/number-literal.ts';
import { buildMemberFinder, type Member } from './choose-member.ts';
import { canonStoredJson } from './stored-json.ts';

/** The cell by which the column shows a value; null for NULL. @throws ReplicationError ERG_32xx, ERG_33xx: it cannot hold it */
export type CanonCellFunc = (cell: Cell) => string | null;

/** Everything about the column is decided here, once. */
export function canonColumn(column: ColumnShape): CanonCellFunc {
  const literal = chooseLiteral(column);
  const canon = chooseCanon(column);
  return (cell) => {
    if (cell === null) {
      return null;
    }
    literal(cell); // refuses what the write path refuses
    return canon(cell);
  };
}

/**
 * What is stored, in the text that `canonColumn` predicts. They differ where a column holds what only others write: a
 * DECIMAL in a document that is the same number as a double.
 */
export function canonStored(column: ColumnShape): (cell: string) => string {
  return isStoredJson(column) ? (cell) => canonStoredJson(cell) ?? cell : (cell) => cell;
}

/** Of a cell that the literal of the column has let pass. */
type CanonFunc = (cell: Exclude<Cell, null>) => string;

function chooseCanon(column: ColumnShape): CanonFunc {
  switch (column.kind) {
    case 'integer':
      return (cell) => canonInteger(textOf(cell));
    case 'decimal': {
      const scale = parseScale(column.columnType) ?? 0;
      return (cell) => fillScale(getDecimal(cell, column), scale);
    }
    case 'float':
    case 'double':
      return canonApproximate(column);
    case 'year':
      return (cell) => (cell === '0' ? '0000' : textOf(cell));
    case 'text':
      return chooseText(column);
    case 'json':
      return isStoredJson(column) ? (cell) => canonDocument(textOf(cell), column) : textOf;
    case 'enum':
      return canonChoice(column);
    case 'set':
      return canonChoices(column);
    case 'binary':
      return canonBinary(column);
    case 'bit':
      return canonBits(column);
    case 'datetime':
    case 'timestamp':
      return (cell) => fillFraction(textOf(cell).replace('T', ' '), column.fraction ?? 0);
    case 'time':
      return (cell) => canonTime(textOf(cell), column.fraction ?? 0);
    default:
      return textOf;
  }
}

/** Booleans as "true" and "false", as a text of JSON; numbers of them are made where they are numbers. */
function textOf(cell: Exclude<Cell, null>): string {
  return cell instanceof JsonDocument ? cell.text : String(cell);
}

/** Without zeros in front. */
function canonInteger(text: string): string {
  if (text === 'true' || text === 'false') {
    return text === 'true' ? '1' : '0';
  }
  const digits = text.replace(/^(-?)0+(?=\d)/, '$1');
  return digits === '-0' ? '0' : digits;
}

function getDecimal(cell: Cell, column: ColumnShape): string {
  const number = canonDecimal(cell);
  if (number === undefined) {
    throw refuseCell('ERG_3202', column, 'a number of at most 65 digits');
  }
  return number;
}

/** @param number without zeros at the end of its fraction, which has no more digits than the scale */
function fillScale(number: string, scale: number): string {
  if (scale === 0) {
    return number;
  }
  const [whole = '', fraction = ''] = number.split('.');
  return `${whole}.${fraction.padEnd(scale, '0')}`;
}

function canonApproximate(column: ColumnShape): CanonFunc {
  const digits = parseScale(column.columnType);
  const isFloat = column.kind === 'float';
  const narrow = isFloat ? Math.fround : (value: number) => value;
  const show = isFloat ? floatText : doubleText;
  return (cell) => {
    const given = narrow(Number(textOf(cell)));
    const value = digits === undefined ? given : narrow(roundAsServer(given, digits));
    return show(value === 0 && column.dropsZeroSign === true ? 0 : value);
  };
}

function chooseText({ columnType }: ColumnShape): CanonFunc {
  if (/^char/i.test(columnType)) {
    return (cell) => textOf(cell).replace(/ +$/, '');
  }
  // Types of MariaDB that have one spelling of their own.
  return /^(uuid|inet)/i.test(columnType) ? (cell) => textOf(cell).toLowerCase() : textOf;
}

function canonDocument(text: string, column: ColumnShape): string {
  const canonical = canonStoredJson(text);
  if (canonical === undefined) {
    throw refuseCell('ERG_3205', column, 'a document of JSON');
  }
  return canonical;
}

function canonChoice(column: ColumnShape): CanonFunc {
  const chooseOne = buildMemberChooser(column);
  return (cell) => chooseOne(textOf(cell)).name;
}

/** Each once and in the order of the definition. */
function canonChoices(column: ColumnShape): CanonFunc {
  const chooseOne = buildMemberChooser(column);
  return (cell) => {
    const text = textOf(cell);
    const chosen = new Map(
      (text === '' ? [] : text.split(',').map(chooseOne)).map((member) => [member.index, member.name]),
    );
    return [...chosen.keys()]
      .sort((a, b) => a - b)
      .map((index) => chosen.get(index))
      .join();
  };
}

function buildMemberChooser(column: ColumnShape): (name: string) => Member {
  const find = buildMemberFinder(column);
  return (name) => {
    const member = find(name);
    if (member === undefined) {
      throw refuseCell('ERG_3203', column, 'one of its values');
    }
    return member;
  };
}

/** BINARY(n) is filled up with NUL. */
function canonBinary({ columnType, maxLength = 0 }: ColumnShape): CanonFunc {
  return /^binary/i.test(columnType)
    ? (cell) => {
        const bytes = Buffer.from(textOf(cell), 'base64');
        return (bytes.length < maxLength ? Buffer.concat([bytes], maxLength) : bytes).toString('base64');
      }
    : textOf;
}

const BITS_OF_BYTE = 8;

/** As many bytes as the bits of the column take, highest first. */
function canonBits({ maxLength = 1 }: ColumnShape): CanonFunc {
  const digits = Math.ceil(maxLength / BITS_OF_BYTE) * 2;
  return (cell) => {
    const hex = typeof cell === 'boolean' ? canonInteger(String(cell)) : toHex(textOf(cell)).replace(/^0+/, '');
    const even = Math.max(digits, hex.length + (hex.length % 2));
    return Buffer.from(hex.padStart(even, '0'), 'hex').toString('base64');
  };
}

function toHex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** @param text its fraction has no digit but zeros beyond those of the column */
function fillFraction(text: string, digits: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return digits === 0 ? whole : `${whole}.${fraction.slice(0, digits).padEnd(digits, '0')}`;
}

/** Two digits of the hour at least; -00:00:00 is 00:00:00. */
function canonTime(text: string, digits: number): string {
  const isNegative = text.startsWith('-') && /[1-9]/.test(text);
  const [hours = '', ...rest] = text.replace('-', '').split(':');
  const time = `${String(Number(hours)).padStart(2, '0')}:${rest.join(':')}`;
  return `${isNegative ? '-' : ''}${fillFraction(time, digits)}`;
}
