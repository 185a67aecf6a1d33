import { describe, expect, test } from 'vitest';
import { readCount, readDuration, readId, readIds, readInstant } from '../../../../supervisor/cli/program-parts.ts';

describe('values of flags', () => {
  test.each([
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T14:00', Date.UTC(2026, 0, 31, 14)],
    ['2026-01-31 14:00:01.5', Date.UTC(2026, 0, 31, 14, 0, 1, 500)],
    ['2026-01-31T14:00:00Z', Date.UTC(2026, 0, 31, 14)],
    ['2026-01-31T14:00:00+09:00', Date.UTC(2026, 0, 31, 5)],
  ])('%s is a time, UTC when it names no zone', (text, ms) => {
    expect(readInstant(text)).toBe(ms);
  });

  test('2h is two hours ago', () => {
    expect(Math.abs(Date.now() - readInstant('2h') - 7_200_000)).toBeLessThan(5_000);
  });

  test.each(['', 'yesterday', '2026-13-01', '2026-02-01T25:00', '14:00', '2', '-2h', '1.5h', '2026'])(
    '"%s" is no time',
    (text) => {
      expect(() => readInstant(text)).toThrow(/Expected a time/);
    },
  );

  test.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
  ])('%s is a duration', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  test('numbers are whole, in their bounds', () => {
    expect(readCount(10)('10')).toBe(10);
    expect(readIds('7', readIds('9223372036854775'))).toEqual([9223372036854775n, 7n]);
    for (const text of ['0', '11', '1.5', '-1', 'x', '']) {
      expect(() => readCount(10)(text)).toThrow(/from 1 to 10/);
    }
    for (const text of ['-1', '1n', '0x1', '', '1 ']) {
      expect(() => readId(text)).toThrow(/Expected a number/);
    }
  });
});
