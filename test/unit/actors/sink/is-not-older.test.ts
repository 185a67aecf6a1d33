import { expect, test } from 'vitest';
import { isNotOlder } from '../../../../actors/sink/is-not-older.ts';
import { anImage } from '../../../support/sink-builders.ts';

const image = (changed: string | null) => anImage({ id: '1', changed });

test.each([
  ['2026-01-01 00:00:01', '2026-01-01 00:00:01', true],
  ['2026-01-01 00:00:01', '2026-01-01 00:00:01.000', true],
  ['2026-01-01 00:00:01.000000', '2026-01-01 00:00:01', true],
  ['2026-01-01 00:00:01', '2026-01-01 00:00:01.001', false],
  ['2026-01-01 00:00:01.2', '2026-01-01 00:00:01.1999', true],
  ['2026-01-02', '2026-01-01 23:59:59', true],
  ['2026-01-01', '2026-01-01 00:00:00.000001', false],
  ['10', '9', true],
  ['9', '10', false],
  ['-1', '-2', true],
  ['18446744073709551615', '18446744073709551614', true],
  ['a', 'a', false],
  ['10', '2026-01-01 00:00:01', false],
  [null, '2026-01-01 00:00:01', false],
])('%s against %s: %s', (row, other, expected) => {
  expect(isNotOlder(image(row), image(other), 'changed')).toBe(expected);
});

test('without rows, or without the column, it cannot be told', () => {
  const now = image('2026-01-01 00:00:01');
  expect(isNotOlder(null, now, 'changed')).toBe(false);
  expect(isNotOlder(now, null, 'changed')).toBe(false);
  expect(isNotOlder(now, now, 'other')).toBe(false);
  expect(isNotOlder(now, now, undefined)).toBe(false);
});
