/** A lane that waits for its quota of rows, on a clock that the test moves. */
import { describe, expect, test } from 'vitest';
import { Lane } from '../../../../actors/sink/lane.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anEntry } from '../../../support/sink-builders.ts';

const WINDOW_MS = 100;

class Rig {
  readonly clock = new ManualClock();
  /** Keys by write. */
  readonly writes: string[][] = [];
  readonly lane = new Lane({
    shard: 'seller0',
    lane: 0,
    writer: {
      write: async (changes) => {
        this.writes.push(changes.map(({ key }) => key));
      },
      close: async () => {},
    },
    limits: {
      minRows: 4,
      maxRows: 64,
      maxBytes: 100_000,
      growBelow: 50,
      shrinkAbove: 100,
      flush: 'fillWindow',
      window: WINDOW_MS,
    },
    onWritten: () => {},
    onWaiting: () => {},
    mayRefuse: () => true,
    onRefused: () => {},
    onDropped: () => {},
    isLeftOut: () => false,
    onRetry: () => {},
    onFenced: () => {},
    refreshTables: async () => {},
    renewRow: (row) => row,
    clock: this.clock,
    logger: silentLogger,
    random: () => 0,
  });

  push(...keys: string[]): void {
    for (const key of keys) {
      this.lane.push(anEntry({ key, arrivedMs: this.clock.monotonicMs() }));
    }
  }
}

/** Until everything that was set off has run: writes of the rig take no time. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('lane that fills a window', () => {
  test('waits for its quota of rows, and writes as soon as it is there', async () => {
    const rig = new Rig();
    rig.push('1', '2', '3');
    await rig.clock.untilAwaited();
    expect(rig.writes).toEqual([]);
    rig.push('4');
    await settled();
    expect([rig.writes, rig.clock.timers]).toEqual([[['1', '2', '3', '4']], 0]);
  });

  test('writes what is there when the window of the oldest change has passed', async () => {
    const rig = new Rig();
    rig.push('1');
    await rig.clock.untilAwaited();
    rig.clock.advance(WINDOW_MS - 1);
    rig.push('2');
    await settled();
    expect(rig.writes).toEqual([]);
    rig.clock.advance(1);
    await settled();
    expect(rig.writes).toEqual([['1', '2']]);
  });

  test('keeps a quota that fills in 50 to 100 ms, raises it below, and lowers it when the window passes', async () => {
    const rig = new Rig();
    const quotas: number[] = [];
    const fill = async (rows: number, overMs: number) => {
      rig.push('first');
      await rig.clock.untilAwaited();
      rig.clock.advance(overMs);
      rig.push(...Array.from({ length: rows - 1 }, (_, row) => `row${row}`));
      await settled();
      quotas.push(rig.lane.describe().quota);
    };
    await fill(4, 49);
    await fill(8, 75);
    await fill(8, 20);
    await fill(1, WINDOW_MS);
    await fill(8, 99);
    expect(quotas).toEqual([8, 8, 16, 8, 8]);
  });

  test('stops while it waits, without a write and without a timer left', async () => {
    const rig = new Rig();
    rig.push('1');
    await rig.clock.untilAwaited();
    await rig.lane.stop();
    expect([rig.writes, rig.lane.queued, rig.clock.timers]).toEqual([[], 1, 0]);
  });
});
