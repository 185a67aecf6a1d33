import { expect, test } from 'vitest';
import { aDelete, aWrite } from '../../support/drill/build-history.ts';
import type { TargetEntry } from '../../support/drill/history.ts';
import { isWrittenAgain, listBackward } from '../../support/steps/judge-target-log.ts';

const history = (...entries: readonly TargetEntry[]) => ({ target: 'settlement', entries });
const DAMAGE = { table: 'orders', key: { order_no: '1' }, ver: '2' };
const BEFORE = [aWrite(1, [1, 7]), aWrite(2, [2, 8])];

test.each([
  ['a value', aWrite(3, [2, 8])],
  ['the version', aWrite(3, [2, 7])],
  ['all of it', aDelete(3, [2, 8])],
])('a row that lost %s is written again by its change, and by nothing else', (_, damage) => {
  expect(isWrittenAgain(history(...BEFORE, damage), DAMAGE)).toBe(false);
  expect(isWrittenAgain(history(...BEFORE, damage, aWrite(4, [2, 30])), DAMAGE)).toBe(false); // a repair
  expect(isWrittenAgain(history(...BEFORE, damage, aWrite(4, [2, 8])), DAMAGE)).toBe(true);
});

test('a row goes back where it gets an older state while it is there', () => {
  expect(listBackward(history(...BEFORE, aDelete(3, [2, 8]), aWrite(4, [1, 7]), aWrite(5, [2, 8])))).toEqual([]);
  expect(listBackward(history(...BEFORE, aWrite(3, [1, 9])))).toEqual([
    'settlement orders 1 went back from ver 2 to 1',
  ]);
});
