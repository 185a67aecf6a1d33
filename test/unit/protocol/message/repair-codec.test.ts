import { expect, test } from 'vitest';
import { readRepairRequest } from '../../../../protocol/message/repair-codec.ts';

const row = {
  table: 'orders',
  shard: 'seller0',
  rowKey: '6:orders/1n1',
  targetKey: [['id', '1']],
  sourceKey: [['id', '']],
};
const request = { row, mode: 'repair', mayDelete: false };

test('a request is read as it was written, and nothing that it has besides', () => {
  expect(readRepairRequest({ ...request, more: 1, row: { ...row, more: 1 } })).toEqual(request);
  expect(readRepairRequest({ ...request, mode: 'forceSync' }).mode).toBe('forceSync');
});

test.each([
  undefined,
  null,
  [],
  'repair',
  { ...request, mode: 'delete' },
  { ...request, mayDelete: 1 },
  { ...request, row: null },
  { ...request, row: { ...row, table: '' } },
  { ...request, row: { ...row, shard: 1 } },
  { ...request, row: { ...row, table: 'x'.repeat(129) } },
  { ...request, row: { ...row, rowKey: 'x'.repeat(16_385) } },
  { ...request, row: { ...row, targetKey: undefined } },
  { ...request, row: { ...row, targetKey: [['id']] } },
  { ...request, row: { ...row, targetKey: [['id', 1]] } },
  { ...request, row: { ...row, targetKey: [['', '1']] } },
  { ...request, row: { ...row, sourceKey: Array.from({ length: 33 }, () => ['id', '1']) } },
  { ...request, row: { ...row, sourceKey: [['id', 'x'.repeat(16_385)]] } },
])('what is no request is refused: %#', (body) => {
  expect(() => readRepairRequest(body)).toThrow(/ERG_6103/);
});
