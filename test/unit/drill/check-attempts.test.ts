import { expect, test } from 'vitest';
import { aPlace } from '../../support/drill/build-history.ts';
import { checkAttempts } from '../../support/drill/check-attempts.ts';
import type { TargetEntry } from '../../support/drill/history.ts';

const attempts = (...seqs: number[]) =>
  checkAttempts({
    target: 'settlement',
    entries: seqs.map(
      (seq, index): TargetEntry => ({ kind: 'attempt', table: 'orders', key: '1', ver: 1, seq, place: aPlace(index) }),
    ),
  });

test('each record once, in order, is right', () => {
  expect(attempts(1, 3, 7)).toEqual([]);
});

test('a record that is written twice is found', () => {
  expect(attempts(1, 3, 3)).toHaveLength(1);
});

test('an earlier record after a later one is found, and does not hide the next', () => {
  expect(attempts(1, 7, 3, 7)).toHaveLength(2);
});
