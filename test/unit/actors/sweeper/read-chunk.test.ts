import { expect, test } from 'vitest';
import { tellsSource } from '../../../../actors/sweeper/read-chunk.ts';
import { aTable } from '../../../support/sink-builders.ts';

test.each([
  { filled: [], tells: true },
  { filled: ['id'], tells: false },
  { filled: ['mail'], tells: true },
])('rows of the target tell the source key when it is not looked up there: $filled', ({ filled, tells }) => {
  const source = aTable({ columns: ['id', 'mail'] });
  const shape = aTable({ columns: ['id', 'mail'], primaryKey: ['mail'] });
  expect(tellsSource({ source, targets: [{ shape }], filled: new Set(filled) })).toBe(tells);
});
