import { expect, test } from 'vitest';
import { findNearestWord } from '../../../../protocol/settings/nearest-word.ts';

const WORDS = ['password', 'port', 'host', 'ignoreColumns'];

test.each<[string, string | undefined]>([
  ['pasword', 'password'],
  ['PASSWORD', 'password'],
  ['ports', 'port'],
  ['ignor-columns', 'ignoreColumns'],
  ['hst', 'host'],
  ['prt', 'port'],
  ['sql', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('%.20s is nearest to %s', (word, nearest) => {
  expect(findNearestWord(word, WORDS)).toBe(nearest);
});

test('of two that are as near the first is taken', () => {
  expect(findNearestWord('bat', ['cat', 'hat'])).toBe('cat');
});
