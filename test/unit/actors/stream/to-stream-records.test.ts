import type { KafkaMessage } from 'kafkajs';
import { expect, test } from 'vitest';
import { toStreamRecords } from '../../../../actors/stream/to-stream-records.ts';

function message(offset: string, value: Buffer | null = null, timestamp = '-1'): KafkaMessage {
  return { key: null, value, timestamp, attributes: 0, offset, headers: {} };
}

test('offsets may have gaps and lie beyond what a number can hold', () => {
  const value = Buffer.from('v');
  const messages = [message('7'), message('9007199254740993', value, '1700000000123')];
  expect(toStreamRecords(messages, 5n)).toEqual([
    { offset: 7n, key: null, value: null, timestampMs: -1 },
    { offset: 9_007_199_254_740_993n, key: null, value, timestampMs: 1_700_000_000_123 },
  ]);
});

test.each([
  ['in front of the next', ['4'], 5n],
  ['in front of the one before', ['5', '7', '6'], 5n],
  ['twice', ['5', '5'], 5n],
])('an offset %s is refused', (_, offsets, next) => {
  expect(() =>
    toStreamRecords(
      offsets.map((offset) => message(offset)),
      next,
    ),
  ).toThrow('ERG_1213');
});
