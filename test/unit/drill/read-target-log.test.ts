import { expect, test } from 'vitest';
import { readImages } from '../../support/drill/read-target-log.ts';

const order = (ver: string, seq: string | null, more: object = {}) => ({
  order_no: '1',
  ver,
  ergate_seq: seq,
  pad: Buffer.from('x'),
  ...more,
});

test('a row image is read by its key, its ver and its version', () => {
  expect(readImages('orders', undefined, order('1', '7'))).toEqual([
    { kind: 'write', table: 'orders', key: '1', ver: 1, seq: 7, before: undefined },
  ]);
  expect(readImages('orders', order('1', '7'), order('2', '8'))).toEqual([
    { kind: 'write', table: 'orders', key: '1', ver: 2, seq: 8, before: { ver: 1, seq: 7 } },
  ]);
  expect(readImages('orders', order('2', null), undefined)).toEqual([
    { kind: 'delete', table: 'orders', key: '1', ver: 2, seq: undefined },
  ]);
});

test('an update without effect is nothing, one of any column is something', () => {
  expect(readImages('orders', order('1', '7'), order('1', '7'))).toEqual([]);
  expect(readImages('orders', order('1', '7'), order('1', '7', { pad: Buffer.from('y') }))).toHaveLength(1);
});

test('an update of the key is the end of one row and the beginning of another', () => {
  const kinds = readImages('orders', order('1', '7'), order('2', '8', { order_no: '2' })).map(({ kind }) => kind);
  expect(kinds).toEqual(['delete', 'write']);
});
