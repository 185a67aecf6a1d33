import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextQuota, shrinkQuota } from '../../actors/sink/batch-quota.ts';
import { propertySeed } from '../support/property-seed.ts';

const limits = fc
  .record({
    minRows: fc.integer({ min: 1, max: 10_000 }),
    more: fc.nat(10_000),
    growBelow: fc.integer({ min: 1, max: 500 }),
    band: fc.integer({ min: 1, max: 500 }),
  })
  .map(({ minRows, more, growBelow, band }) => ({
    minRows,
    maxRows: minRows + more,
    growBelow,
    shrinkAbove: growBelow + band,
  }));

test('whatever the fill times, the quota stays in its bounds and moves the way the band says', () => {
  fc.assert(
    fc.property(limits, fc.array(fc.double({ min: 0, max: 1_000, noNaN: true })), (bounds, fillTimes) => {
      let quota = bounds.minRows;
      for (const fillMs of fillTimes) {
        const next = nextQuota(quota, fillMs, bounds);
        expect(Number.isInteger(next)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(bounds.minRows);
        expect(next).toBeLessThanOrEqual(bounds.maxRows);
        if (fillMs < bounds.growBelow) {
          expect(next > quota || next === bounds.maxRows).toBe(true);
        } else if (fillMs > bounds.shrinkAbove) {
          expect(next < quota || next === bounds.minRows).toBe(true);
        } else {
          expect(next).toBe(quota);
        }
        quota = next;
      }
      expect(shrinkQuota(quota, bounds)).toBeGreaterThanOrEqual(bounds.minRows);
    }),
    propertySeed(),
  );
});

test('the band of the article: 50 to 100 ms keeps, faster grows, slower shrinks', () => {
  const article = { minRows: 10, maxRows: 1_000, growBelow: 50, shrinkAbove: 100 };
  expect([49.9, 50, 75, 100, 100.1].map((fillMs) => nextQuota(100, fillMs, article))).toEqual([200, 100, 100, 100, 50]);
});
