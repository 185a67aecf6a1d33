import { describe, expect, test } from 'vitest';
import { findGap, hasOtherCommitted } from '../../../../actors/stream/resume-position.ts';

describe('another owner', () => {
  test.each([
    ['nothing is committed', 5n, undefined, false],
    ['our own commit is there', 5n, 5n, false],
    ['our last commit did not arrive', 5n, 3n, false],
    ['more is committed than we ever tried to', 5n, 6n, true],
    ['something is committed and we never tried to', undefined, 0n, true],
  ])('has committed, when %s: %s, %s → %s', (_, highestClaim, offset, expected) => {
    const committed = offset === undefined ? undefined : { offset, metadata: '' };
    expect(hasOtherCommitted(highestClaim, committed)).toBe(expected);
  });
});

describe('a start', () => {
  const range = { earliest: 10n, end: 20n };

  test.each([10n, 15n, 20n])('at %s of 10 to 20 has no gap', (start) => {
    expect(findGap(start, range)).toBeUndefined();
  });

  test('in front of the earliest record names what is gone', () => {
    expect(findGap(7n, range)).toContain('offsets 7 to 9 are gone');
  });

  test('behind the end says that the topic is another one', () => {
    expect(findGap(21n, range)).toContain('offset 21 lies behind the end 20');
  });
});
