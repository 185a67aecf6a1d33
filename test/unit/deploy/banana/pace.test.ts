import { describe, expect, test } from 'vitest';
import { Pace } from '../../../../deploy/banana/pace.ts';

describe('pace', () => {
  test('changes fall due at the rate', () => {
    const pace = new Pace(1_000, 1_000, 0);
    expect(pace.waitMs(0)).toBe(0);
    pace.sent(4);
    expect(pace.waitMs(0)).toBe(4);
    expect(pace.waitMs(3)).toBe(1);
    expect(pace.waitMs(4)).toBe(0);
  });

  test('a hold-up is caught up within the bound', () => {
    const pace = new Pace(1_000, 1_000, 0);
    expect(pace.waitMs(900)).toBe(0);
    pace.sent(900);
    expect(pace.waitMs(900)).toBe(0);
    pace.sent(1);
    expect(pace.waitMs(900)).toBeCloseTo(1);
    expect(pace.givenUp).toBe(0);
  });

  test('what is older than the bound is given up and counted', () => {
    const pace = new Pace(1_000, 1_000, 0);
    expect(pace.waitMs(5_000)).toBe(0);
    expect(pace.givenUp).toBe(4_000);
    pace.sent(1_001);
    expect(pace.waitMs(5_000)).toBeCloseTo(1);
  });
});
