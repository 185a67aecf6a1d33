import { expect, test } from 'vitest';
import { aChange, aStream } from '../../support/drill/build-history.ts';
import { checkStream } from '../../support/drill/check-stream.ts';
import type { StreamChange } from '../../support/drill/history.ts';

const check = (...changes: StreamChange[]) => checkStream(aStream(...changes)).map(({ message }) => message);

test('a stream with every state in order is whole, also when a part of it comes twice', () => {
  expect(check(aChange(1, 2), aChange(2, 4), aChange(3, 2), aChange(4, 4), aChange(5, 5), aChange(6, 6))).toEqual([]);
});

test('a delivery goes on counting under its next key', () => {
  const delivery = (offset: number, rank: number, key: string) => aChange(offset, rank, { table: 'delivery', key });
  expect(check(delivery(1, 2, '7,1'), delivery(2, 3, '7,1'), delivery(2, 4, '7,2'))).toEqual([]);
});

test('a state that is missing in the middle is found', () => {
  expect(check(aChange(1, 2), aChange(2, 6))).toEqual(['orders 1: the stream has no ver 2, but ver 3']);
});

test('a row whose beginning is missing is found', () => {
  expect(check(aChange(1, 4))).toEqual(['orders 1: the stream has no ver 1, but ver 2']);
});

test('a state that comes for the first time after a newer one is found', () => {
  expect(check(aChange(1, 2), aChange(2, 6), aChange(3, 4))).toEqual([
    'orders 1: rank 4 came first at 0/3, after rank 6',
  ]);
});
