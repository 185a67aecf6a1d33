import { describe, expect, test } from 'vitest';
import { durationMs, formatDuration } from '../../../../protocol/settings/duration.ts';

const duration = durationMs(100, 60_000);

describe('durationMs', () => {
  test.each([
    ['100ms', 100],
    ['1s', 1_000],
    ['1m', 60_000],
    ['007s', 7_000],
  ])('%s is %d ms', (text, ms) => {
    expect(duration.parse(text)).toBe(ms);
  });

  test.each(['99ms', '61s', '2m', '1h', '999999999h'])('%s is out of the range, which is named', (text) => {
    expect(duration.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
      'expected a duration from 100ms to 1m',
    ]);
  });

  test.each(['', '5', '-1s', '1.5s', '1 s', '1S', '1d', '1s ', '1e3ms', '1234567890ms', 's'])(
    '%j has no unit, or is no number of units',
    (text) => {
      expect(duration.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
        'expected a duration from 100ms to 1m with its unit',
      ]);
    },
  );
});

test.each([
  [1, '1ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [1_001, '1001ms'],
  [90_000, '90s'],
  [120_000, '2m'],
  [3_600_000, '1h'],
  [86_400_000, '24h'],
])('%d ms is written as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
