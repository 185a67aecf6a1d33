import { expect, test } from 'vitest';
import { planCompare } from '../../../../actors/row/compare-row.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import { buildLayout } from '../../../../protocol/change/row-image.ts';
import { aColumn, aTable, MARKER_COLUMNS } from '../../../support/target-table.ts';

const TABLE = aTable({
  columns: [
    aColumn('id', 'integer', 'bigint(20)'),
    aColumn('memo', 'text', 'varchar(20)', { maxLength: 20 }),
    aColumn('twice', 'integer', 'int(11)', { generated: true }),
    aColumn('secret', 'text', 'text', { generated: true, ignored: true }),
    aColumn('state', 'enum', "enum('new','Paid','paid','café')", { collation: 'utf8mb4_general_ci' }),
    aColumn('flags', 'set', "set('x','y','?')", { collation: 'utf8mb4_bin' }),
    aColumn('ratio', 'double', 'double', { dropsZeroSign: true }),
    ...MARKER_COLUMNS,
  ],
});
const STORED = buildLayout(TABLE.columns.map(({ name }) => name));
const isMarker = (name: string) => MARKER_COLUMNS.some((column) => column.name === name);

function compare(expected: Readonly<Record<string, Cell>>, stored: Readonly<Record<string, string | null>>) {
  const layout = buildLayout(Object.keys(expected));
  const cells = STORED.names.map((name) => stored[name] ?? null);
  return planCompare(layout, STORED, TABLE, { isMarker })(
    { layout, cells: Object.values(expected) },
    { layout: STORED, cells },
  );
}

test('names what differs, in the order of the table', () => {
  expect(compare({ memo: 'a', id: '1' }, { id: '2', memo: 'b' })).toEqual(['id', 'memo']);
  expect(compare({ id: '01', memo: 'a' }, { id: '1', memo: 'a' })).toEqual([]);
});

test('absent, generated, ignored, unknown and marker columns are not compared', () => {
  const expected = { id: '1', twice: '9', secret: 's', gone: 'g', ergate_seq: '5', rpc_time: 'x' };
  expect(compare(expected, { id: '1', memo: 'there', twice: '2', ergate_seq: '7' })).toEqual([]);
});

test('NULL is no text, in either direction', () => {
  expect(compare({ memo: null }, { memo: '' })).toEqual(['memo']);
  expect(compare({ memo: '' }, { memo: null })).toEqual(['memo']);
  expect(compare({ memo: null }, { memo: null })).toEqual([]);
});

test.each([
  ['state', 'NEW', 'new', true],
  ['state', 'Paid', 'paid', false],
  ['state', 'CAFE', 'café', true],
  ['flags', 'y,x,x', 'x,y', true],
  ['flags', '😀,x', 'x,😀', true],
  ['flags', 'x', 'x,y', false],
  ['ratio', '-0.0', '0', true],
  ['ratio', '1e0', '1', true],
  ['ratio', '1e0', '1.0000000000000002', false],
])('%s %s beside %s: %s', (column, expected, stored, isEqual) => {
  expect(compare({ [column]: expected }, { [column]: stored })).toEqual(isEqual ? [] : [column]);
});

test.each([
  ['id', 'x', 'ERG_3301'],
  ['memo', 'x'.repeat(21), 'ERG_3302'],
  ['memo', 'a\ud800', 'ERG_3304'],
  ['state', 'gone', 'ERG_3203'],
  ['flags', 'X', 'ERG_3203'],
])('%s cannot be compared with %j: %s', (column, cell, code) => {
  expect(() => compare({ [column]: cell }, { [column]: '1' })).toThrow(expect.objectContaining({ code }));
});
