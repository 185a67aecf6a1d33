import { unreachable } from '../../errors/unreachable.ts';
import type { Cell } from '../cell.ts';
import { canonBinary, canonBit, canonFixedBinary } from './canon-bytes.ts';
import { canonDecimal, canonDouble, canonFloat, canonInteger } from './canon-number.ts';
import { canonPaddedText, canonSet, canonText, coarseText, isBinaryCollation, isPadded } from './canon-text.ts';
import { canonDate, canonDatetime, canonTime } from './canon-time.ts';

export type KeyColumnKind =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'double'
  | 'text'
  | 'binary'
  | 'bit'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'year'
  | 'enum'
  | 'set'
  | 'json'
  | 'geometry';

/** What a key depends on of a column of the target table. */
export interface KeyColumnShape {
  readonly name: string;
  readonly kind: KeyColumnKind;
  /** As the server spells it: "char(10)". */
  readonly columnType: string;
  readonly collation: string | undefined;
}

/** One text for all cells that are the same value of the column; undefined for a cell that is none. */
export type CanonFunc = (cell: Cell) => string | undefined;

export interface KeyColumnPlan {
  readonly name: string;
  /** One letter per kind of canonical text, so that values of different types are never the same key. */
  readonly tag: string;
  readonly canon: CanonFunc;
  /** The same text for all cells that the server may take for equal; `canon` itself where the two are the same. */
  readonly coarse: CanonFunc;
  /** For people. */
  readonly expected: string;
}

/** How cells of a key column become key texts; everything about the column is decided here, once. */
export function planKeyColumn(column: KeyColumnShape): KeyColumnPlan {
  const { name, kind, columnType, collation } = column;
  const exact = (tag: string, canon: CanonFunc, expected: string): KeyColumnPlan => ({
    name,
    tag,
    canon,
    coarse: canon,
    expected,
  });
  switch (kind) {
    case 'integer':
      return exact('n', canonInteger, 'an integer');
    case 'year':
      return exact('n', canonInteger, 'a year');
    case 'decimal':
      return exact('n', canonDecimal, 'a decimal number');
    case 'float':
      return exact('f', canonFloat, 'a number');
    case 'double':
      return exact('f', canonDouble, 'a number');
    case 'date':
      return exact('d', canonDate, 'a date as YYYY-MM-DD');
    case 'datetime':
    case 'timestamp':
      return exact('d', canonDatetime, 'a time as YYYY-MM-DD hh:mm:ss');
    case 'time':
      return exact('d', canonTime, 'a time as hh:mm:ss');
    case 'bit':
      return exact('b', canonBit, 'base64');
    case 'binary':
      return exact('b', /^binary/i.test(columnType) ? canonFixedBinary : canonBinary, 'base64');
    case 'text':
    case 'enum':
      return planText(column, isPadded(collation) || /^(char|enum)/i.test(columnType) ? canonPaddedText : canonText);
    case 'set':
      return { ...exact('s', canonSet, 'a text'), coarse: () => '' };
    case 'json':
    case 'geometry':
      return exact('-', () => undefined, 'a type that can be a key');
    default:
      return unreachable(kind);
  }
}

function planText({ name, collation }: KeyColumnShape, canon: CanonFunc): KeyColumnPlan {
  const coarse = isBinaryCollation(collation) ? canon : (cell: Cell) => coarseText(cell, collation);
  return { name, tag: 's', canon, coarse, expected: 'a text' };
}
