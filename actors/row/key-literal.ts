/**
 * Cells of a key as SQL by which the server finds the row through the index: each of the type and collation of its column,
 * so that the column is not converted to the literal's, row by row of the whole table.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { canonDecimal } from '../../protocol/change/key/canon-number.ts';
import type { ColumnShape } from '../catalog/table-shape.ts';
import { charsetOf } from '../target/mysql/column-definition.ts';
import { refuseCell } from '../target/mysql/literal/cell-refusal.ts';
import { chooseKeyLiteral, type LiteralFunc, parseScale } from '../target/mysql/literal/choose-literal.ts';
import { parseMembers, quoteText } from '../target/mysql/literal/text-literal.ts';
import { buildMemberFinder } from './canon/choose-member.ts';

export interface KeyLiteral {
  /** For "=" and "IN". @throws ReplicationError ERG_32xx, ERG_33xx when the column holds no such value */
  readonly literal: LiteralFunc;
  /** For "<" and ">", in the order of the index. @throws the same, and ERG_3520 */
  readonly bound: LiteralFunc;
  /** A condition that the text of a cell has all its characters in the set of the column; undefined where any has. */
  readonly isWhole?: (cell: Cell) => string;
}

export function chooseKeyLiterals(column: ColumnShape): KeyLiteral {
  switch (column.kind) {
    case 'decimal': {
      const literal = decimalLiteral(column);
      return { literal, bound: literal };
    }
    case 'enum':
    case 'set':
      return { literal: chooseKeyLiteral(column), bound: numberedLiteral(column) };
    case 'text':
      return textLiterals(column);
    default: {
      const literal = chooseKeyLiteral(column);
      return { literal, bound: literal };
    }
  }
}

/** As a decimal whatever its spelling: with a text, the server would compare doubles. */
function decimalLiteral(column: ColumnShape): LiteralFunc {
  const literal = chooseKeyLiteral(column);
  const scale = parseScale(column.columnType) ?? 0;
  return (cell) => {
    literal(cell); // refuses what is no number
    const number = canonDecimal(cell);
    if (number === undefined) {
      throw refuseCell('ERG_3202', column, 'a number of at most 65 digits');
    }
    return `CAST('${number}' AS DECIMAL(65,${scale}))`;
  };
}

/** By number: names are in the order of their definition. Of a SET, a bit per name. */
function numberedLiteral(column: ColumnShape): LiteralFunc {
  const members = parseMembers(column.columnType);
  const isTold = new Set(members).size === members.length;
  const find = buildMemberFinder(column);
  const indexOf = (name: string) => {
    const member = find(name);
    if (!isTold || member === undefined) {
      throw refuseCell(isTold ? 'ERG_3203' : 'ERG_3520', column, 'one of its values, which its definition tells apart');
    }
    return member.index;
  };
  // The value 0 of an ENUM is its error value, which is shown as the empty text.
  const ofEnum = (text: string) => (text === '' && !members.includes('') ? '0' : String(indexOf(text) + 1));
  const ofSet = (text: string) => {
    const names = text === '' ? [] : text.split(',');
    return String(names.reduce((bits, name) => bits | (1n << BigInt(indexOf(name))), 0n));
  };
  const numberOf = column.kind === 'enum' ? ofEnum : ofSet;
  return (cell) => numberOf(String(cell));
}

function textLiterals(column: ColumnShape): KeyLiteral {
  const literal = chooseKeyLiteral(column);
  const { collation } = column;
  const charset = collation === undefined ? 'utf8mb4' : charsetOf(collation);
  if (charset === 'utf8mb4') {
    return { literal, bound: literal };
  }
  const convert = (text: string) => `CONVERT(${text} USING ${charset})`;
  const converted: LiteralFunc = (cell) => `${convert(literal(cell))} COLLATE ${collation}`;
  return {
    literal: converted,
    bound: converted,
    isWhole: (cell) => {
      if (typeof cell !== 'string') {
        throw refuseCell('ERG_3301', column, 'a text');
      }
      return `CAST(CONVERT(${convert(quoteText(cell))} USING utf8mb4) AS BINARY)=CAST(${quoteText(cell)} AS BINARY)`;
    },
  };
}
