import type { ColumnShape } from '../../catalog/table-shape.ts';
import { quoteName } from './quote-name.ts';

/** Collations that only one of the servers, or only newer ones, know. */
const LOCAL_COLLATION = /_uca\d+_|_0900_|_nopad_/;

/** "`memo` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL": the type of a column, without default and comment. */
export function defineColumn(column: ColumnShape, nullable: boolean): string {
  return `${quoteName(column.name)} ${typeOf(column)} ${nullable ? 'NULL' : 'NOT NULL'}`;
}

function typeOf({ kind, columnType, collation }: ColumnShape): string {
  if (kind === 'json') {
    return 'JSON';
  }
  const type = columnType.replace(/^(\w+)\(\d+\)(?= unsigned|$)/, (all, name) => (isInteger(name) ? name : all));
  if (collation === undefined || collation === 'binary') {
    return type;
  }
  const charset = charsetOf(collation);
  return LOCAL_COLLATION.test(collation) ? `${type} CHARACTER SET ${charset}` : `${type} COLLATE ${collation}`;
}

/** Their width in parentheses is no limit. */
function isInteger(type: string): boolean {
  return /^(tiny|small|medium|big)?int$/i.test(type);
}

export function charsetOf(collation: string): string {
  const charset = collation.split('_')[0] ?? collation;
  return charset === 'utf8' ? 'utf8mb3' : charset;
}
