import { expect, test } from 'vitest';
import { reconnectDelayMs } from '../../../../actors/stream/reconnect-delay.ts';

test('the back-off doubles from 200 ms to 5 s and stays there', () => {
  const almostOne = 1 - Number.EPSILON;
  const delays = [0, 1, 2, 3, 4, 5, 6, 1_000_000].map((failures) => reconnectDelayMs(failures, almostOne));
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});

test('chance takes away up to half of it', () => {
  expect(reconnectDelayMs(0, 0)).toBe(100);
  expect(reconnectDelayMs(9, 0.5)).toBe(3_750);
});
