import { expect, test } from 'vitest';
import { readCanaryAnswer, readCanaryRequest } from '../../../../protocol/message/canary-codec.ts';

const row = {
  table: 'orders',
  shard: 'seller0',
  rowKey: '6:orders/1n1',
  targetKey: [['id', '1']],
  sourceKey: [['id', '1']],
};
const request = { row, columns: ['a', 'b'], turn: 7 };
const answer = { outcome: 'written', message: '', change: 'case', column: 'a' };

test('request and answer are read as they were written, and nothing that they have besides', () => {
  expect(readCanaryRequest({ ...request, more: 1 })).toEqual(request);
  expect(readCanaryAnswer({ ...answer, more: 1 })).toEqual(answer);
  expect(readCanaryAnswer({ outcome: 'failed', code: 'ERG_5203', message: 'late' })).toMatchObject({
    code: 'ERG_5203',
  });
  expect(readCanaryAnswer({ outcome: 'failed', code: 'ERG_0000', message: 'newer' }).code).toBeUndefined();
});

test.each([
  undefined,
  'canary',
  { ...request, row: null },
  { ...request, row: { ...row, sourceKey: [['id', 1]] } },
  { ...request, columns: 'a' },
  { ...request, columns: [1] },
  { ...request, columns: Array.from({ length: 4_097 }, () => 'a') },
  { ...request, turn: -1 },
  { ...request, turn: 1.5 },
  { ...request, turn: '1' },
])('what is no request is refused: %#', (body) => {
  expect(() => readCanaryRequest(body)).toThrow(/ERG_6103/);
});

test.each([
  null,
  { ...answer, outcome: 'done' },
  { ...answer, message: 1 },
  { ...answer, change: 'all' },
  { ...answer, column: 1 },
])('what is no answer is refused: %#', (body) => {
  expect(() => readCanaryAnswer(body)).toThrow(/ERG_6103/);
});
