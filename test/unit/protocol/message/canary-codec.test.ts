import { expect, test } from 'vitest';
import {
  readCanaryAnswer,
  readCanaryRequest,
  readCanaryReturn,
  readRereadAnswer,
  readRereadRequest,
} from '../../../../protocol/message/canary-codec.ts';

const row = {
  table: 'orders',
  shard: 'seller0',
  rowKey: '6:orders/1n1',
  targetKey: [['id', '1']],
  sourceKey: [['id', '1']],
};
const request = { row, columns: ['a', 'b'], turn: 7 };
const reread = { row, version: '281474976710663', plantedMs: 1_000 };
const told = { state: 'waiting', message: 'it waits', ageMs: 5 };
const answer = { outcome: 'written', message: '', change: 'case', column: 'a' };

test('request and answer are read as they were written, and nothing that they have besides', () => {
  expect(readCanaryRequest({ ...request, more: 1 })).toEqual(request);
  expect(readCanaryReturn({ row, columns: ['a'], version: '7', turn: 1 })).toEqual({
    row,
    columns: ['a'],
    version: '7',
  });
  expect(readRereadRequest({ ...reread, more: 1 })).toEqual(reread);
  expect(readRereadAnswer({ ...told, more: 1 })).toEqual(told);
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

test.each([request, { ...request, version: 7 }, { ...request, version: '7 OR 1=1' }, { version: '7' }])(
  'what is no request to give a version back is refused: %#',
  (body) => {
    expect(() => readCanaryReturn(body)).toThrow(/ERG_6103/);
  },
);

test.each([
  undefined,
  { ...reread, row: { ...row, rowKey: '' } },
  { ...reread, version: null },
  { ...reread, version: '-1' },
  { ...reread, plantedMs: 0.5 },
])('what is no request to read a record again is refused: %#', (body) => {
  expect(() => readRereadRequest(body)).toThrow(/ERG_6103/);
});

test.each([null, { ...told, state: 'done' }, { ...told, message: 1 }, { ...told, ageMs: -1 }])(
  'what is no answer to that is refused: %#',
  (body) => {
    expect(() => readRereadAnswer(body)).toThrow(/ERG_6103/);
  },
);
