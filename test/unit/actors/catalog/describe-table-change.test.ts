import { expect, test } from 'vitest';
import { describeTableChange } from '../../../../actors/catalog/describe-table-change.ts';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import type { TableTraits } from '../../../../actors/catalog/table-traits.ts';
import { aColumn, aTable } from '../../../support/sink-builders.ts';

const byName = (...tables: readonly TableShape[]) => new Map(tables.map((table) => [table.name, table]));

test('names every difference of tables, columns and keys', () => {
  const before = aTable({ columns: ['id', 'a', aColumn('b', { columnType: 'decimal(10,4)' })] });
  const after = aTable({
    columns: [
      'id',
      aColumn('b', { columnType: 'decimal(10,2)' }),
      aColumn('c', { columnType: 'int', nullable: false }),
    ],
    primaryKey: ['id', 'c'],
    uniqueIndexes: [{ name: 'by_b', columns: ['b'] }],
  });
  expect(
    describeTableChange(byName(before, aTable({ name: 'old' })), byName(after, aTable({ name: 'young' }))),
  ).toEqual([
    'old: is gone',
    'orders: a is gone',
    'orders: b decimal(10,2) was decimal(10,4)',
    'orders: c int not null is there',
    'orders: key (id,c) unique by_b (b) was key (id)',
    'young: is there',
  ]);
});

test('says nothing about tables that are the same', () => {
  expect(describeTableChange(byName(aTable()), byName(aTable()))).toEqual([]);
});

test('names what is around the columns, where both have been looked at', () => {
  const traits: TableTraits = {
    isBase: true,
    engine: 'InnoDB',
    isTransactional: true,
    invisibleColumns: [],
    triggers: [],
    foreignKeys: [],
  };
  const triggered = { ...traits, triggers: [{ name: 't_in', when: 'BEFORE INSERT' }] };
  const change = (before: TableShape['traits'], after: TableShape['traits']) =>
    describeTableChange(byName({ ...aTable(), traits: before }), byName({ ...aTable(), traits: after }));
  expect(change(traits, triggered)).toEqual([
    'orders: table in InnoDB, trigger t_in BEFORE INSERT was table in InnoDB',
  ]);
  expect(change(traits, { ...traits, engine: undefined, isBase: false })).toEqual([
    'orders: no table was table in InnoDB',
  ]);
  expect(change(undefined, triggered)).toEqual([]);
});
