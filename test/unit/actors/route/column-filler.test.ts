import { describe, expect, test } from 'vitest';
import { type ColumnFill, ColumnFiller } from '../../../../actors/route/column-filler.ts';
import type { LookupAnswers } from '../../../../actors/route/lookup-answers.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import { anImage, cellsOf } from '../../../support/sink-builders.ts';

const NAME: ColumnFill = { column: 'name', lookup: 'db/N', resolver: 'N', by: 'seller', whenMissing: 'finding' };

function answering(answers: Readonly<Record<string, readonly Cell[]>>): LookupAnswers {
  return { find: (lookup, key) => answers[`${lookup} ${key}`], former: () => [] };
}

const KIM = answering({ 'db/N 1': ['Kim'], 'db/N 2': [null], 'db/N 3': ['a', 'b'], 'db/N 4': ['a', 'a'] });

function fill(
  cells: Readonly<Record<string, Cell>>,
  { fills = [NAME], isInsert = true }: { fills?: readonly ColumnFill[]; isInsert?: boolean } = {},
) {
  return cellsOf(new ColumnFiller('t', fills).fill(anImage(cells), isInsert, KIM));
}

test('a column that the change does not have is added, one that it has is replaced', () => {
  expect(fill({ id: '9', seller: '1' })).toEqual({ id: '9', seller: '1', name: 'Kim' });
  expect(fill({ name: 'old', seller: '1' })).toEqual({ name: 'Kim', seller: '1' });
});

test('the image of the change itself stays as it was', () => {
  const image = anImage({ name: 'old', seller: '1' });
  new ColumnFiller('t', [NAME]).fill(image, true, KIM);
  expect(cellsOf(image)).toEqual({ name: 'old', seller: '1' });
});

test('images of one layout are filled to one layout, so that what is derived from it is kept', () => {
  const filler = new ColumnFiller('t', [NAME, { ...NAME, column: 'also', by: 'other', whenMissing: 'keep' }]);
  const layoutOf = (seller: string, other: string | null) => filler.fill(anImage({ seller, other }), true, KIM).layout;
  expect(layoutOf('1', '1')).toBe(layoutOf('4', '4'));
  expect(layoutOf('1', null)).toBe(layoutOf('4', '9'));
  expect(layoutOf('1', null).names).toEqual(['seller', 'other', 'name']);
});

test('NULL is a value; equal values are one; several are refused', () => {
  expect(fill({ seller: '2' })).toEqual({ seller: '2', name: null });
  expect(fill({ seller: '4' })).toEqual({ seller: '4', name: 'a' });
  expect(() => fill({ seller: '3' })).toThrow('ERG_2005: table t, column name: expected one value, N found 2');
});

describe('without an answer', () => {
  test.each([
    ['a key that there is not', { seller: '9' }],
    ['NULL as key', { seller: null }],
    ['no column to look up by', { other: '1' }],
  ])('%s is a finding, NULL or nothing, as the settings say', (_, cells) => {
    expect(() => fill(cells)).toThrow('ERG_2006: table t, column name: expected a value, N found none');
    expect(fill(cells, { fills: [{ ...NAME, whenMissing: 'null' }] })).toEqual({ ...cells, name: null });
    expect(fill(cells, { fills: [{ ...NAME, whenMissing: 'keep' }] })).toEqual(cells);
  });

  test('an update that does not carry what is looked up by leaves the column alone', () => {
    expect(fill({ other: '1' }, { isInsert: false })).toEqual({ other: '1' });
  });
});

test('keys are listed once per column that is filled, and none for what cannot be asked', () => {
  const fills: readonly ColumnFill[] = [
    NAME,
    { ...NAME, column: 'x', lookup: 'db/X', by: 'other', whenMissing: 'null' },
  ];
  const list = (cells: Readonly<Record<string, Cell>>) => new ColumnFiller('t', fills).listKeys(anImage(cells));
  expect(list({ seller: '1', other: '2' })).toEqual([
    { lookup: 'db/N', key: '1', acceptsMiss: true },
    { lookup: 'db/X', key: '2', acceptsMiss: false },
  ]);
  expect(list({ seller: null })).toEqual([]);
});
