import { describe, expect, test } from 'vitest';
import { chooseFlush, type WaitingEntries } from '../../../../actors/sink/choose-flush.ts';

const WHEN_IDLE = { flush: 'whenIdle', window: 100 } as const;
const FILL_WINDOW = { flush: 'fillWindow', window: 100 } as const;

function arrivedAt(...arrivals: readonly number[]): WaitingEntries {
  return { length: arrivals.length, arrivedMs: (place) => arrivals[place] ?? Number.NaN };
}

describe.each([WHEN_IDLE, FILL_WINDOW])('with $flush', (rule) => {
  test('an empty lane waits for a push', () => {
    expect(chooseFlush(arrivedAt(), 1, rule, 0)).toEqual({ waitMs: Number.POSITIVE_INFINITY });
  });
});

test('whenIdle takes a single change at once, and leaves the fill time to the batch', () => {
  expect(chooseFlush(arrivedAt(1_000), 20, WHEN_IDLE, 1_000)).toEqual({ waitMs: 0 });
});

describe('fillWindow', () => {
  test.each([
    ['waits as long as the oldest change may wait', [1_000, 1_030], 1_040, { waitMs: 60 }],
    [
      'takes what is there when the window has passed, and says that it did not fill',
      [1_000, 1_030],
      1_100,
      { waitMs: 0, fillMs: Number.POSITIVE_INFINITY },
    ],
    [
      'takes a full batch at once, with the time it took to fill',
      [1_000, 1_030, 1_070],
      1_070,
      { waitMs: 0, fillMs: 70 },
    ],
    [
      'measures the batch that is due, not what came after it',
      [1_000, 1_030, 1_070, 1_300],
      1_300,
      { waitMs: 0, fillMs: 70 },
    ],
    ['fills in no time when a backlog arrives in one delivery', [1_000, 1_000, 1_000], 1_000, { waitMs: 0, fillMs: 0 }],
  ])('%s', (_, arrivals, nowMs, expected) => {
    expect(chooseFlush(arrivedAt(...arrivals), 3, FILL_WINDOW, nowMs)).toEqual(expected);
  });
});
