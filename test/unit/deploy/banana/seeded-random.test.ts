import { describe, expect, test } from 'vitest';
import { buildZipf, SeededRandom } from '../../../../deploy/banana/seeded-random.ts';

describe('seeded random', () => {
  test('numbers depend on seed and stream alone', () => {
    const draw = (seed: number, stream: number) => {
      const random = new SeededRandom(seed, stream);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(draw(7, 0)).toEqual(draw(7, 0));
    expect(draw(7, 0)).not.toEqual(draw(7, 1));
    expect(draw(7, 0)).not.toEqual(draw(8, 0));
    expect(draw(2 ** 40 + 1, 0)).not.toEqual(draw(1, 0));
  });

  test('numbers spread evenly', () => {
    const random = new SeededRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) {
      const bucket = random.below(10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    for (const count of counts) {
      expect(Math.abs(count - 10_000)).toBeLessThan(500);
    }
  });

  test('zipf ranks stay in bounds and the first is drawn most', () => {
    const rank = buildZipf(100, 1.05);
    const random = new SeededRandom(3);
    const counts = new Array<number>(100).fill(0);
    for (let draw = 0; draw < 50_000; draw++) {
      const drawn = rank(random.next());
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(counts.reduce((sum, count) => sum + count)).toBe(50_000);
    expect(rank(0)).toBe(0);
    expect(rank(1 - 2 ** -32)).toBe(99);
    expect((counts[0] ?? 0) / (counts[9] ?? 1)).toBeGreaterThan(7);
  });
});
