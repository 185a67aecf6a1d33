import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CheckpointKeeper } from '../../../../actors/capture/checkpoint-keeper.ts';
import type { CaptureCheckpoint } from '../../../../actors/state/capture-checkpoint-store.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const SAVE_EVERY_MS = 250;
const RETRY_AFTER_MS = 1_000;

function place(binlogPosition: number): CaptureCheckpoint {
  return { epoch: 0, binlogFile: 'binlog.000001', binlogPosition, gtid: '' };
}

/** A keeper whose saves end when the test says so. */
function aKeeper() {
  const clock = new ManualClock();
  const saves: { readonly position: number; readonly end: (error?: Error) => Promise<void> }[] = [];
  const troubles: (string | undefined)[] = [];
  const failures: string[] = [];
  const keeper = new CheckpointKeeper({
    clock,
    save: ({ binlogPosition: position }) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = async (error?: Error) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
        await setImmediate(); // every promise that hangs on it has run
      };
      saves.push({ position, end });
      return promise;
    },
    onTrouble: (error) => troubles.push(error?.code),
    onFailed: (error) => failures.push(error.code),
  });
  const positions = () => saves.map(({ position }) => position);
  return { keeper, clock, saves, troubles, failures, positions };
}

const AWAY = new ReplicationError('ERG_5001', 'away');

describe('saving', () => {
  test('takes the newest place, once per interval', async () => {
    const { keeper, clock, saves, positions } = aKeeper();
    keeper.reach(place(1));
    keeper.reach(place(2));
    clock.advance(SAVE_EVERY_MS - 1);
    expect(positions()).toEqual([]);
    clock.advance(1);
    expect(positions()).toEqual([2]);
    await saves[0]?.end();
    clock.advance(10 * SAVE_EVERY_MS);
    expect(positions()).toEqual([2]);
    expect(clock.timers).toBe(0);
  });

  test('never runs twice at a time; what was reached meanwhile is saved after it', async () => {
    const { keeper, clock, saves, positions } = aKeeper();
    keeper.reach(place(1));
    clock.advance(SAVE_EVERY_MS);
    keeper.reach(place(2));
    keeper.reach(place(3));
    clock.advance(10 * SAVE_EVERY_MS);
    expect(positions()).toEqual([1]);
    await saves[0]?.end();
    clock.advance(SAVE_EVERY_MS);
    expect(positions()).toEqual([1, 3]);
  });
});

describe('trouble that passes', () => {
  test('is told each time, tried again after a second with the newest place, and told when it is over', async () => {
    const { keeper, clock, saves, positions, troubles, failures } = aKeeper();
    keeper.reach(place(1));
    clock.advance(SAVE_EVERY_MS);
    await saves[0]?.end(AWAY);
    keeper.reach(place(2));
    clock.advance(RETRY_AFTER_MS - 1);
    expect(positions()).toEqual([1]);
    clock.advance(1);
    expect(positions()).toEqual([1, 2]);
    await saves[1]?.end(AWAY);
    clock.advance(RETRY_AFTER_MS);
    await saves[2]?.end();
    expect(troubles).toEqual(['ERG_5001', 'ERG_5001', undefined]);
    expect(failures).toEqual([]);
    keeper.reach(place(3));
    clock.advance(SAVE_EVERY_MS);
    await saves[3]?.end();
    expect(troubles).toHaveLength(3);
  });
});

describe('failure that does not pass', () => {
  test.each([
    ['a checkpoint that a newer place took over', new ReplicationError('ERG_5003', 'taken over'), 'ERG_5003'],
    ['an error that is not ours', new TypeError('bug'), 'ERG_9000'],
  ])('of %s ends the keeper', async (_, error, code) => {
    const { keeper, clock, saves, failures, positions, troubles } = aKeeper();
    keeper.reach(place(1));
    clock.advance(SAVE_EVERY_MS);
    await saves[0]?.end(error);
    expect(failures).toEqual([code]);
    expect(troubles).toEqual([]);
    keeper.reach(place(2));
    clock.advance(10 * RETRY_AFTER_MS);
    await keeper.flush();
    expect(positions()).toEqual([1]);
  });
});

describe('flush', () => {
  test('saves at once what is not saved, and nothing when all is', async () => {
    const { keeper, clock, saves, positions } = aKeeper();
    await keeper.flush();
    keeper.reach(place(1));
    const flushed = keeper.flush();
    await setImmediate();
    expect(positions()).toEqual([1]);
    await saves[0]?.end();
    await flushed;
    await keeper.flush();
    expect(positions()).toEqual([1]);
    expect(clock.timers).toBe(0);
  });

  test('waits for the save that runs, then saves what came meanwhile', async () => {
    const { keeper, clock, saves, positions } = aKeeper();
    keeper.reach(place(1));
    clock.advance(SAVE_EVERY_MS);
    keeper.reach(place(2));
    const flushed = keeper.flush();
    await setImmediate();
    expect(positions()).toEqual([1]);
    await saves[0]?.end();
    expect(positions()).toEqual([1, 2]);
    await saves[1]?.end();
    await flushed;
    expect(clock.timers).toBe(0);
  });

  test('ends also when the save fails, and leaves nothing running', async () => {
    const { keeper, clock, saves, troubles } = aKeeper();
    keeper.reach(place(1));
    const flushed = keeper.flush();
    await setImmediate();
    await saves[0]?.end(AWAY);
    await flushed;
    expect(troubles).toEqual(['ERG_5001']);
    expect(clock.timers).toBe(0);
  });
});

describe('stop', () => {
  test('saves nothing any more, and says nothing about a save that was under way', async () => {
    const { keeper, clock, saves, positions, troubles, failures } = aKeeper();
    keeper.reach(place(1));
    clock.advance(SAVE_EVERY_MS);
    keeper.reach(place(2));
    keeper.stop();
    await saves[0]?.end(AWAY);
    keeper.reach(place(3));
    clock.advance(10 * RETRY_AFTER_MS);
    expect(positions()).toEqual([1]);
    expect([troubles, failures]).toEqual([[], []]);
  });
});
