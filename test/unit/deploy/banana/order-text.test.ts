import { describe, expect, test } from 'vitest';
import { sqlText } from '../../../../deploy/banana/order-text.ts';
import { sqlMicros, WallMicros } from '../../../../deploy/banana/wall-micros.ts';

describe('literals', () => {
  test('text is escaped, null is NULL', () => {
    expect(sqlText(null)).toBe('NULL');
    expect(sqlText('null')).toBe("'null'");
    expect(sqlText('a\u0000\u001a\'"\\\n\r👟')).toBe(`'a\\0\\Z\\'\\"\\\\\\n\\r👟'`);
  });

  test('microseconds keep all their digits', () => {
    expect(sqlMicros(Date.UTC(2026, 0, 2, 3, 4, 5, 6) * 1_000 + 7)).toBe("'2026-01-02 03:04:05.006007'");
  });

  test('the clock is the wall clock and never repeats itself', () => {
    const clock = new WallMicros();
    const times = Array.from({ length: 1_000 }, () => clock.now());
    expect(new Set(times).size).toBe(1_000);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(Math.abs((times.at(-1) ?? 0) / 1_000 - Date.now())).toBeLessThan(1_000);
  });
});
