import { describe, expect, test } from 'vitest';
import { buildSeqEncoder, encodeSeq } from '../../../../protocol/change/sequence.ts';

const MAX_OFFSET = 2 ** 48 - 1;

describe('the version of a change', () => {
  test.each([0, 1, 3, 4, 31, 32, 33, 999, 65_534, 65_535])(
    'is topicEpoch·2^48 + offset, topic epoch %d',
    (topicEpoch) => {
      const encode = buildSeqEncoder(topicEpoch);
      const base = BigInt(topicEpoch) << 48n;
      // Where the lower half of 15 digits carries into the upper one.
      const carry = Number(10n ** 15n - (base % 10n ** 15n));
      for (const offset of [0, 1, 999_999, carry - 1, carry, carry + 1, MAX_OFFSET - 1, MAX_OFFSET]) {
        if (offset >= 0 && offset <= MAX_OFFSET) {
          expect(encode(offset)).toBe(String(base + BigInt(offset)));
        }
      }
    },
  );

  test('fits BIGINT UNSIGNED to the last', () => {
    expect(encodeSeq(65_535, MAX_OFFSET)).toBe('18446744073709551615');
  });

  test.each([-1, 1.5, MAX_OFFSET + 1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the offset %d', (offset) => {
    expect(() => encodeSeq(0, offset)).toThrow(/^ERG_1020: offset/);
  });

  test.each([-1, 0.5, 65_536, Number.NaN])('refuses the topic epoch %d', (topicEpoch) => {
    expect(() => buildSeqEncoder(topicEpoch)).toThrow(/^ERG_1020: topicEpoch/);
  });
});
