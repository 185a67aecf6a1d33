import { describe, expect, test } from 'vitest';
import type { ColumnShape } from '../../../../actors/catalog/table-shape.ts';
import { chooseMutation, listMutations } from '../../../../actors/sink/mutate-row.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import { aColumn, anImage, aTable, cellsOf } from '../../../support/sink-builders.ts';

const text = (more: Partial<ColumnShape> = {}) =>
  aColumn('c', { kind: 'text', columnType: 'varchar(5)', maxLength: 5, ...more });

function changesOf(cell: Cell, column: ColumnShape): readonly string[] {
  const table = aTable({ columns: ['id', column] });
  return listMutations(table, anImage({ id: '7', c: cell }), ['id', 'c', 'gone']).map(({ change, image }) => {
    const cells = image === null ? null : cellsOf(image);
    expect(cells === null || cells['id'] === '7').toBe(true);
    return `${change} ${cells === null ? '-' : JSON.stringify(cells['c'])}`;
  });
}

describe('damage', () => {
  test.each<readonly [Cell, ColumnShape, ...(readonly string[])]>([
    ['a b', text(), 'value "a x"', 'null null', 'case "A b"', 'space "a b "', 'stale "a x"'],
    ['A 상x', text(), 'value "A 상y"', 'null null', 'case "a 상x"', 'space "A 상x "', 'stale "A 상y"'],
    ['abcde', text({ nullable: false }), 'value "abcdx"', 'case "Abcde"', 'stale "abcdx"'],
    ['1', text({ columnType: 'char(5)' }), 'value "x"', 'null null', 'stale "x"'],
    ['', text(), 'null null', 'space " "'],
    [null, text(), 'null ""'],
    ['18', aColumn('c'), 'value "19"', 'null null', 'stale "19"'],
    ['-0.09', aColumn('c', { kind: 'decimal', nullable: false }), 'value "-0.08"', 'stale "-0.08"'],
    [
      '2026-01-01 00:00:00.000009',
      aColumn('c', { kind: 'datetime', fraction: 6, nullable: false }),
      'tick "2026-01-01 00:00:00.000008"',
    ],
    ['AAE=', aColumn('c', { kind: 'binary', nullable: false }), 'bit "AAA="'],
    ['', aColumn('c', { kind: 'binary', nullable: false })],
    ['{}', aColumn('c', { kind: 'json' }), 'null null'],
    ['2026-01-01', aColumn('c', { kind: 'date', nullable: false })],
    ['1', aColumn('c', { generated: true })],
  ])('to %j: %#', (cell, column, ...expected) => {
    expect(changesOf(cell as Cell, column as ColumnShape)).toEqual([...expected, 'delete -']);
  });

  test('is never of a column of a key, nor of one that is not named', () => {
    const table = aTable({ uniqueIndexes: [{ name: 'u', columns: ['a'] }] });
    const row = anImage({ id: '1', a: '2', b: '3' });
    expect(listMutations(table, row, ['id', 'a']).map(({ change }) => change)).toEqual(['delete']);
  });

  test('is of another kind each turn, and of another column when all kinds were', () => {
    const table = aTable();
    const mutations = listMutations(table, anImage({ id: '1', a: '2', b: '3' }), ['a', 'b']);
    const named = Array.from({ length: 8 }, (_, turn) => chooseMutation(mutations, turn)).map(
      (one) => `${one?.change} ${one?.column}`,
    );
    expect(named).toEqual(
      ['a', 'b'].flatMap((column) => [`value ${column}`, `null ${column}`, `stale ${column}`, 'delete undefined']),
    );
    expect(chooseMutation([], 3)).toBeUndefined();
  });
});
