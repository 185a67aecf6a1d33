import { expect, test } from 'vitest';
import { aDelete, aFence, aPlace, aWrite } from '../../support/drill/build-history.ts';
import { checkReplay } from '../../support/drill/check-replay.ts';
import type { TargetEntry } from '../../support/drill/history.ts';

const check = (...entries: TargetEntry[]) => checkReplay({ target: 'settlement', entries }, aPlace(50));
const insert = aWrite(10, [1, 1]);
const remove = aDelete(20, [1, 1]);

test('a replay without any effect is idempotent', () => {
  expect(check(insert, aFence(60, 2))).toEqual([]);
});

test('a deleted row may be seen again when it is gone at the end', () => {
  expect(check(insert, remove, aWrite(60, [1, 1]), aDelete(70, [1, 1]))).toEqual([]);
});

test('a write to a row that was up to date is found, also when it writes what was there', () => {
  expect(check(insert, aWrite(60, [1, 2], [1, 1]))).toHaveLength(1);
});

test('a delete of a row that is there is found', () => {
  expect(check(insert, aDelete(60, [1, 1]))).toHaveLength(1);
});

test('a deleted row that comes back and stays is found', () => {
  expect(check(insert, remove, aWrite(60, [1, 1]))).toEqual([
    { invariant: 'I4', message: expect.stringContaining('came back with ver 1 and stayed') },
  ]);
});
