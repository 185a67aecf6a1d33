import { describe, expect, test } from 'vitest';
import type { ColumnShape } from '../../../../../actors/catalog/table-shape.ts';
import { findNarrower } from '../../../../../actors/target/mysql/find-narrower.ts';
import { aColumn } from '../../../../support/sink-builders.ts';

type Draft = Partial<ColumnShape>;

const integer = (columnType: string, more: Draft = {}): Draft => ({
  kind: 'integer',
  columnType,
  unsigned: columnType.includes('unsigned'),
  ...more,
});
const decimal = (columnType: string): Draft => ({ ...integer(columnType), kind: 'decimal' });
const text = (maxLength: number, collation = 'utf8mb4_bin'): Draft => ({
  kind: 'text',
  columnType: `varchar(${maxLength})`,
  maxLength,
  collation,
});
const choice = (columnType: string): Draft => ({ kind: 'enum', columnType });

const FITS: readonly (readonly [Draft, Draft])[] = [
  [integer('int(11)'), integer('int')],
  [integer('int unsigned'), integer('bigint')],
  [integer('tinyint unsigned'), integer('int unsigned')],
  [decimal('decimal(9,2)'), decimal('decimal(10,3)')],
  [decimal('decimal(9,2) unsigned'), decimal('decimal(9,2)')],
  [text(10), text(20)],
  [text(10, 'latin1_swedish_ci'), text(10)],
  [text(10, 'utf8_bin'), text(10, 'utf8mb3_bin')],
  [choice("enum('a','b')"), choice("enum('b','it''s','a')")],
  [choice("enum('a')"), text(9)],
  [
    { kind: 'float', columnType: 'float' },
    { kind: 'double', columnType: 'double' },
  ],
  [
    { kind: 'timestamp', fraction: 3 },
    { kind: 'datetime', fraction: 3 },
  ],
];

const NARROWER: readonly (readonly [Draft, Draft, string])[] = [
  [integer('bigint'), integer('int'), 'smaller'],
  [integer('int'), integer('int unsigned'), 'smaller'],
  [integer('bigint unsigned'), integer('bigint'), 'smaller'],
  [decimal('decimal(10,2)'), decimal('decimal(10,3)'), 'smaller'],
  [decimal('decimal(10,3)'), decimal('decimal(12,2)'), 'smaller'],
  [decimal('decimal(9,2)'), decimal('decimal(9,2) unsigned'), 'smaller'],
  [text(20), text(10), 'smaller'],
  [text(10), text(10, 'latin1_swedish_ci'), 'without some characters'],
  [choice("enum('a','b,c')"), choice("enum('a','b','c')"), 'smaller'],
  [{ kind: 'datetime', fraction: 6 }, { kind: 'datetime', fraction: 3 }, 'smaller'],
  [{ kind: 'double', columnType: 'double' }, { kind: 'float', columnType: 'float' }, 'another type'],
  [{ kind: 'datetime' }, { kind: 'timestamp' }, 'another type'],
  [integer('int'), integer('int', { nullable: false }), 'without NULL'],
];

describe('a column of the source', () => {
  test.each(FITS)('%j fits into %j', (source, target) => {
    expect(findNarrower(aColumn('c', source), aColumn('c', target))).toEqual([]);
  });

  test.each(NARROWER)('%j may not fit into %j: %s', (source, target, reason) => {
    expect(findNarrower(aColumn('c', source), aColumn('c', target))).toEqual([reason]);
  });
});
