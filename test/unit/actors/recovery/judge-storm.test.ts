import { expect, test } from 'vitest';
import { judgeStorm } from '../../../../actors/recovery/judge-storm.ts';

const RULES = { rows: 500, within: 300_000 };
const shape = (table: string, columns: readonly string[], cases: number) => ({ table, columns, cases });

test('a table with more wrong rows than the limit is stopped, another one is not', () => {
  const shapes = [shape('orders', ['a'], 300), shape('orders', ['b'], 201), shape('items', ['a'], 90)];
  expect(judgeStorm(shapes, RULES).map(({ table }) => table)).toEqual(['orders']);
});

test('as many as the limit are no storm', () => {
  expect(judgeStorm([shape('orders', ['a'], 300), shape('orders', ['b'], 200)], RULES)).toEqual([]);
});

test('many rows that differ in one column alone are a storm below the limit', () => {
  const shapes = [shape('orders', ['memo'], 92), shape('orders', ['memo', 'name'], 9)];
  expect(judgeStorm(shapes, RULES)).toEqual([{ table: 'orders', reason: expect.stringContaining('memo') }]);
});

test.each([
  ['a few', [shape('orders', ['memo'], 100)]],
  ['those that differ in several', [shape('orders', ['memo', 'name'], 400)]],
  ['those of which a tenth differs elsewhere', [shape('orders', ['memo'], 180), shape('orders', [], 20)]],
])('%s are none', (_, shapes) => {
  expect(judgeStorm(shapes, RULES)).toEqual([]);
});

test('rows that were damaged on purpose are not counted', () => {
  const allowed = (table: string) => (table === 'orders' ? 2 : 0);
  const shapes = (cases: number) => [shape('orders', ['a'], 250), shape('orders', ['b'], cases - 250)];
  expect(judgeStorm(shapes(502), RULES, allowed)).toEqual([]);
  expect(judgeStorm(shapes(503), RULES, allowed)).toHaveLength(1);
  expect(judgeStorm([shape('orders', ['memo'], 102)], RULES, allowed)).toEqual([]);
});
