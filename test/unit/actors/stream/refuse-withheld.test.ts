import { expect, test } from 'vitest';
import { type FetchAnswer, refuseWithheld } from '../../../../actors/stream/refuse-withheld.ts';

type Fetched = FetchAnswer['responses'][number]['partitions'][number];

const asked = { topics: [{ topic: 'order', partitions: [{ partition: 3, fetchOffset: '40' }] }] };
const fetched: Fetched = { partition: 3, highWatermark: '42', lastStableOffset: '42', messages: [] };

function answer(partition: Partial<Fetched>, more: Partial<FetchAnswer> = {}): FetchAnswer {
  return { responses: [{ topicName: 'order', partitions: [{ ...fetched, ...partition }] }], ...more };
}

const WITHHELD = 'ERG_1220: order[3]: expected records from offset 40 to 41, got none';

test('answers without records are refused when the broker says time and again that there are some', () => {
  expect(refuseWithheld(asked, answer({}), 0)).toBe(1);
  expect(refuseWithheld(asked, answer({}), 1)).toBe(2);
  expect(() => refuseWithheld(asked, answer({}), 2)).toThrow(WITHHELD);
  const { lastStableOffset: _, ...old } = fetched;
  const ofOldBroker = { responses: [{ topicName: 'order', partitions: [old] }] };
  expect(() => refuseWithheld(asked, ofOldBroker, 2)).toThrow(WITHHELD);
});

test.each<[string, FetchAnswer]>([
  ['records', answer({ messages: ['one'] })],
  ['records of another partition, which may have filled it', fullAnswer()],
  ['none, and there are none', answer({ highWatermark: '40', lastStableOffset: '40' })],
  ['none, because a transaction is open', answer({ lastStableOffset: '40' })],
  ['an error instead of offsets', answer({ highWatermark: '-1', lastStableOffset: '-1' })],
  ['none, because the client is over its quota', answer({}, { throttleTime: 1 })],
  ['none, and shall wait for its quota', answer({}, { throttleTime: 0, clientSideThrottleTime: 1 })],
  ['the broker that is to be asked', answer({ preferredReadReplica: 2 })],
  ['none of a partition that was not asked for', answer({ partition: 4 })],
])('an answer is taken that has %s, and those before it count no more', (_, taken) => {
  expect(refuseWithheld(asked, taken, 2)).toBe(0);
});

function fullAnswer(): FetchAnswer {
  return {
    responses: [{ topicName: 'order', partitions: [fetched, { ...fetched, partition: 5, messages: ['one'] }] }],
  };
}
