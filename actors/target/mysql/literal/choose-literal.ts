import type { Cell } from '../../../../protocol/change/cell.ts';
import { unreachable } from '../../../../protocol/errors/unreachable.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { binaryLiteral, bitLiteral } from './binary-literal.ts';
import { refuseCell } from './cell-refusal.ts';
import { geometryLiteral } from './geometry-literal.ts';
import {
  assertKeptDigits,
  decimalLiteral,
  doubleLiteral,
  floatLiteral,
  integerLiteral,
  yearLiteral,
} from './number-literal.ts';
import {
  charLiteral,
  choiceLiteral,
  jsonLiteral,
  parseMembers,
  storedJsonLiteral,
  textLiteral,
} from './text-literal.ts';
import { dateLiteral, datetimeLiteral, timeLiteral } from './time-literal.ts';

/** Writes a cell as SQL text. @throws ReplicationError ERG_33xx when the column cannot hold it exactly */
export type LiteralFunc = (cell: Cell) => string;

/** How cells of a column are written; everything about the column is decided here, once, and not per row. */
export function chooseLiteral(column: ColumnShape): LiteralFunc {
  const literal = chooseNotNull(column);
  return (cell) => (cell === null ? 'NULL' : literal(cell));
}

/** The same for a column of the key, in which NULL names no row. @throws ReplicationError ERG_3303 too */
export function chooseKeyLiteral(column: ColumnShape): LiteralFunc {
  const literal = chooseNotNull(column);
  return (cell) => {
    if (cell === null) {
      throw refuseCell('ERG_3303', column, 'a value, it is part of the key');
    }
    return literal(cell);
  };
}

function chooseNotNull(column: ColumnShape): LiteralFunc {
  switch (column.kind) {
    case 'integer':
      return (cell) => integerLiteral(cell, column);
    case 'decimal': {
      const scale = parseScale(column.columnType) ?? 0;
      return (cell) => decimalLiteral(cell, column, scale);
    }
    case 'float':
      return withDigits(column, floatLiteral, Math.fround);
    case 'double':
      return withDigits(column, doubleLiteral, (value) => value);
    case 'year':
      return (cell) => yearLiteral(cell, column);
    case 'text': {
      const maxCharacters = /^(var)?char/i.test(column.columnType) ? column.maxLength : undefined;
      return /^char/i.test(column.columnType)
        ? (cell) => charLiteral(cell, column, maxCharacters)
        : (cell) => textLiteral(cell, column, maxCharacters);
    }
    case 'json':
      return isStoredJson(column) ? (cell) => storedJsonLiteral(cell, column) : (cell) => jsonLiteral(cell, column);
    case 'enum':
    case 'set': {
      const members = new Set(parseMembers(column.columnType));
      return (cell) => choiceLiteral(cell, column, members);
    }
    case 'binary': {
      const fixedBytes = /^binary/i.test(column.columnType) ? column.maxLength : undefined;
      return (cell) => binaryLiteral(cell, column, fixedBytes);
    }
    case 'bit':
      return (cell) => bitLiteral(cell, column);
    case 'geometry':
      return (cell) => geometryLiteral(cell, column);
    case 'date':
      return (cell) => dateLiteral(cell, column);
    case 'datetime':
    case 'timestamp':
      return (cell) => datetimeLiteral(cell, column);
    case 'time':
      return (cell) => timeLiteral(cell, column);
    case 'unsupported':
      return () => {
        throw refuseCell('ERG_3306', column, 'a supported type');
      };
    default:
      return unreachable(column.kind);
  }
}

/** Of an approximate number: most have as many digits as they need, FLOAT(M,D) and DOUBLE(M,D) a fixed number. */
function withDigits(
  column: ColumnShape,
  literal: (cell: Cell, column: ColumnShape) => string,
  round: (value: number) => number,
): LiteralFunc {
  const digits = parseScale(column.columnType);
  if (digits === undefined) {
    return (cell) => literal(cell, column);
  }
  return (cell) => {
    const text = literal(cell, column);
    assertKeptDigits(cell, column, digits, round);
    return text;
  };
}

/** MySQL's own type; MariaDB's columns are of a text type with a check. */
export function isStoredJson({ columnType }: ColumnShape): boolean {
  return columnType.toLowerCase() === 'json';
}

/** 2 for "decimal(10,2) unsigned", undefined for "float". */
export function parseScale(columnType: string): number | undefined {
  const scale = /\(\d+,(\d+)\)/.exec(columnType)?.[1];
  return scale === undefined ? undefined : Number(scale);
}
