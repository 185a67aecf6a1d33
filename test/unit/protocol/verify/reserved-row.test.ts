import { expect, test } from 'vitest';
import { findWithinMs, holdsReserved, isReserved, listReserved } from '../../../../protocol/verify/reserved-row.ts';

const CANARY = { table: 'orders', where: { shop: ['x', 'y'], no: ['1', '2'] }, every: 1_000 };

test('each combination of the values is a reserved row', () => {
  expect(listReserved(CANARY).map((key) => key.map(([, text]) => text).join(''))).toEqual(['x1', 'x2', 'y1', 'y2']);
});

test.each([
  [
    'orders',
    [
      ['shop', 'y'],
      ['no', '1'],
    ],
    true,
  ],
  [
    'orders',
    [
      ['no', '1'],
      ['shop', 'y'],
    ],
    true,
  ],
  [
    'orders',
    [
      ['shop', 'z'],
      ['no', '1'],
    ],
    false,
  ],
  ['orders', [['shop', 'y']], false],
  [
    'orders',
    [
      ['shop', 'y'],
      ['no', '1'],
      ['more', '1'],
    ],
    false,
  ],
  [
    'orders',
    [
      ['shop', 'y'],
      ['shop', 'y'],
    ],
    false,
  ],
  ['orders', [], false],
  [
    'items',
    [
      ['shop', 'y'],
      ['no', '1'],
    ],
    false,
  ],
] as const)('a key %s %j is reserved: %s', (table, sourceKey, expected) => {
  expect(isReserved(CANARY, { table, sourceKey })).toBe(expected);
});

test('a row that lacks a column of the key is not reserved', () => {
  expect(holdsReserved(CANARY, (column) => (column === 'shop' ? 'x' : '1'))).toBe(true);
  expect(holdsReserved(CANARY, (column) => (column === 'shop' ? 'x' : undefined))).toBe(false);
  expect(holdsReserved(CANARY, () => null)).toBe(false);
});

test('it is to be found a minute behind the delay, if nothing else is said', () => {
  expect(findWithinMs({ delay: 120_000 }, CANARY)).toBe(180_000);
  expect(findWithinMs({ delay: 120_000 }, { ...CANARY, within: 7 })).toBe(7);
});
