import { describe, expect, test } from 'vitest';
import { formatUtc, parseUtc } from '../../../../actors/route/utc-text.ts';

describe('times as text', () => {
  test('agree with the calendar of the runtime on days of five centuries', () => {
    for (let day = -100_000; day < 100_000; day += 13) {
      const ms = day * 86_400_000 + ((((day * 7_919_317) % 86_400_000) + 86_400_000) % 86_400_000);
      const text = formatUtc(ms);
      expect(text).toBe(new Date(ms).toISOString().slice(0, 23).replace('T', ' '));
      expect(parseUtc(text)).toBe(ms);
    }
  });

  test('keep microseconds as a fraction of a millisecond', () => {
    expect(parseUtc('2026-01-02 03:04:05.678901')).toBeCloseTo(Date.UTC(2026, 0, 2, 3, 4, 5, 678) + 0.901, 3);
    expect(parseUtc('2026-01-02 03:04:05')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  test.each([
    '',
    '0000-00-00 00:00:00',
    '2026-01-02',
    '2026-13-02 00:00:00',
    '2026-01-02 03:04:xx',
    'yesterday at noon so',
    '2026-01-02 03:04:05.',
    '2026-01-02 03:04:05.1234567',
  ])('are not a number where the text is no time: "%s"', (text) => {
    expect(parseUtc(text)).toBeNaN();
  });
});
