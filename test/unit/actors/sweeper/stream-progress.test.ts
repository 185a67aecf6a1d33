/** How far a target is that another tool writes: only time tells. */
import { expect, test } from 'vitest';
import { type LogPlaces, StreamProgress } from '../../../../actors/sweeper/stream-progress.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const DELAY_MS = 60_000;
const PLACE = { shard: 's0', table: 'orders' };

/** Of one partition that ends at 7. */
function buildProgress(log?: LogPlaces) {
  const clock = new ManualClock();
  const progress = new StreamProgress({
    partitions: 1,
    readOffsetRange: async () => ({ earliest: 0n, end: 7n }),
    readCommitted: undefined,
    readLeftOut: () => {
      throw new Error('nobody leaves anything out');
    },
    targetName: (table) => table,
    log,
    delayMs: DELAY_MS,
    clock,
  });
  return { clock, progress };
}

test('without a sink a mark is passed when the capture has passed it and the delay is over', async () => {
  let position = 5;
  const at = (where: number) => ({ file: 'log.000001', position: where });
  const { clock, progress } = buildProgress({ readEnd: async () => at(9), readCaptured: async () => at(position) });
  const mark = await progress.mark();
  clock.advance(DELAY_MS);
  expect((await progress.read(mark)).lacking?.message).toMatch(/ERG_4102: the capture is at/);
  position = 9;
  const early = await progress.read(mark);
  expect([early.find(0, PLACE), early.lacking?.message]).toEqual([undefined, expect.stringMatching(/again in 60 s/)]);
  clock.advance(DELAY_MS - 1);
  expect((await progress.read(mark)).lacking?.message).toMatch(/again in 1 s/);
  clock.advance(1);
  const passed = await progress.read(mark);
  expect([passed.find(0, PLACE), passed.lacking]).toEqual([7n, undefined]);
});

test('where nobody tells of the stream either, the delay is waited for once', async () => {
  const { clock, progress } = buildProgress();
  const mark = await progress.mark();
  clock.advance(DELAY_MS - 1);
  expect((await progress.read(mark)).lacking?.message).toMatch(/again in 1 s/);
  clock.advance(1);
  expect((await progress.read(mark)).find(0, PLACE)).toBe(7n);
});
