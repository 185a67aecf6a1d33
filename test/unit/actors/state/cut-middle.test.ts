import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutMiddle } from '../../../../actors/state/cut-middle.ts';
import { propertySeed } from '../../../support/property-seed.ts';

test.each([
  ['short enough', 'abc', 10, 'abc'],
  ['exactly long enough', 'é'.repeat(5), 10, 'é'.repeat(5)],
  ['too long', 'abcdefghijklmnop', 11, 'abc … nop'],
  ['cut within a character', 'éééééééééé', 12, 'é … é'],
  ['cut within a pair', '😀'.repeat(5), 15, '😀 … 😀'],
])('a text that is %s', (_, text, maxBytes, cut) => {
  expect(cutMiddle(text, maxBytes)).toBe(cut);
});

test('the result fits, whatever the text is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 16, max: 300 }), (text, maxBytes) => {
      expect(Buffer.byteLength(cutMiddle(text, maxBytes))).toBeLessThanOrEqual(Math.max(maxBytes, 16));
    }),
    propertySeed(),
  );
});
