import { expect, test } from 'vitest';
import { SinkPast } from '../../../../actors/verifier/sink-past.ts';

test('what the sink had settled so long ago is told, and nothing of what came later', () => {
  const past = new SinkPast(100);
  expect(past.settledBelow(0)).toBe(-1);
  past.saw(5, 1_000);
  past.saw(5, 1_050); // it counts from when it was seen first
  past.saw(9, 1_060);
  expect([1_099, 1_100, 1_159, 1_160, 9_999].map((nowMs) => past.settledBelow(nowMs))).toEqual([-1, 5, 5, 9, 9]);
  past.saw(9, 10_000);
  past.saw(12, 10_000);
  expect([past.settledBelow(10_099), past.settledBelow(10_100)]).toEqual([9, 12]);
});

test('a sink that began anew has settled nothing of what it had', () => {
  const past = new SinkPast(100);
  past.saw(50, 0);
  expect(past.settledBelow(100)).toBe(50);
  past.saw(60, 100);
  past.saw(20, 150);
  expect([past.settledBelow(200), past.settledBelow(250)]).toEqual([-1, 20]);
});
