import type { ColumnKind, ColumnShape } from '../../catalog/table-shape.ts';
import { charsetOf } from './column-definition.ts';

/** Kinds whose values all have a place in another kind. */
const WIDER: Partial<Record<ColumnKind, readonly ColumnKind[]>> = {
  float: ['double'],
  timestamp: ['datetime'],
  date: ['datetime'],
  enum: ['text'],
  set: ['text'],
  json: ['text'],
  time: ['text'],
  year: ['integer', 'text'],
};

/** Why values of the source column may not fit into the target column; empty when all do. */
export function findNarrower(source: ColumnShape, target: ColumnShape): readonly string[] {
  const reasons: string[] = [];
  if (source.kind !== target.kind) {
    if (WIDER[source.kind]?.includes(target.kind) !== true) {
      reasons.push('another type');
    }
  } else if (isSmaller(source, target)) {
    reasons.push('smaller');
  }
  if (isOtherCharset(source, target)) {
    reasons.push('without some characters');
  }
  if (source.nullable && !target.nullable) {
    reasons.push('without NULL');
  }
  return reasons;
}

function isSmaller(source: ColumnShape, target: ColumnShape): boolean {
  switch (source.kind) {
    case 'integer':
      return isSmallerInteger(source, target);
    case 'decimal':
      return isSmallerDecimal(source, target);
    case 'enum':
    case 'set':
      return !listMembers(source).every((member) => listMembers(target).includes(member));
    case 'json': // its size is limited by the packet, whatever the server calls the type
      return false;
    default:
      return (source.maxLength ?? 0) > (target.maxLength ?? 0) || (source.fraction ?? 0) > (target.fraction ?? 0);
  }
}

const INTEGER_BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, mediumint: 24, int: 32, bigint: 64 };

function isSmallerInteger(source: ColumnShape, target: ColumnShape): boolean {
  const from = bitsOf(source);
  const to = bitsOf(target);
  if (target.unsigned) {
    return !source.unsigned || from > to;
  }
  return source.unsigned ? from >= to : from > to;
}

function bitsOf({ columnType }: ColumnShape): number {
  return INTEGER_BITS[/^\w+/.exec(columnType.toLowerCase())?.[0] ?? ''] ?? 0;
}

function isSmallerDecimal(source: ColumnShape, target: ColumnShape): boolean {
  const from = digitsOf(source);
  const to = digitsOf(target);
  const isSigned = !source.unsigned && target.unsigned;
  return isSigned || from.whole > to.whole || from.scale > to.scale;
}

function digitsOf({ columnType }: ColumnShape): { readonly whole: number; readonly scale: number } {
  const [, precision = '10', scale = '0'] = /\((\d+)(?:,(\d+))?\)/.exec(columnType) ?? [];
  return { whole: Number(precision) - Number(scale), scale: Number(scale) };
}

function listMembers({ columnType }: ColumnShape): readonly string[] {
  return columnType.match(/'(?:[^']|'')*'/g) ?? [];
}

const ALL_CHARACTERS = 'utf8mb4';

function isOtherCharset({ collation: from }: ColumnShape, { collation: to }: ColumnShape): boolean {
  return (
    from !== undefined && to !== undefined && charsetOf(to) !== ALL_CHARACTERS && charsetOf(from) !== charsetOf(to)
  );
}
