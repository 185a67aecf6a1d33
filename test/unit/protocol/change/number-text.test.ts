import { expect, test } from 'vitest';
import { SeededRandom } from '../../../../deploy/banana/seeded-random.ts';
import { doubleText, floatText, jsonDoubleText } from '../../../../protocol/change/number-text.ts';

/** By trying all lengths from the shortest on. */
function shortest(value: number): string {
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((count) => Math.fround(Number(value.toPrecision(count))) === value);
  return String(Number(value.toPrecision(digits)));
}

test('a 32-bit number has the shortest text that gives the same bits', () => {
  const random = new SeededRandom(32);
  const view = new DataView(new ArrayBuffer(4));
  const edges = [1, 0x7fffff, 0x800000, 0x800001, 0x7f7fffff, 0x3dcccccd, 0x4b800000, 0x00000123];
  const bits = [...edges, ...Array.from({ length: 20_000 }, () => random.below(2 ** 32))];
  for (const one of bits) {
    view.setUint32(0, one);
    const value = view.getFloat32(0);
    if (Number.isFinite(value) && value !== 0) {
      expect(floatText(value)).toBe(shortest(value));
    }
  }
});

test('the sign of a zero is kept', () => {
  expect([floatText(-0), doubleText(-0), jsonDoubleText(-0)]).toEqual(['-0', '-0', '-0.0']);
  expect([floatText(0), doubleText(0), jsonDoubleText(0)]).toEqual(['0', '0', '0.0']);
});

test('a double of a document is never spelled like an integer', () => {
  expect([1, 1e20, 1e21, 1e-7, 1.5].map(jsonDoubleText)).toEqual([
    '1.0',
    `1${'0'.repeat(20)}.0`,
    '1e21',
    '1e-7',
    '1.5',
  ]);
});
