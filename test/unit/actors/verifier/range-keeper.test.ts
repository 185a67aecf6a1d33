import { describe, expect, test } from 'vitest';
import { type KeptRange, RangeKeeper, type Unverified } from '../../../../actors/verifier/range-keeper.ts';
import type { Check } from '../../../../actors/verifier/verifier-progress.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRangeStore } from '../../../support/memory-range-store.ts';
import { passTurns } from '../../../support/memory-shard.ts';
import { anEntry } from '../../../support/sink-builders.ts';

const error = new ReplicationError('ERG_3001', 'away');
const unverified = (from: number, to = from): Unverified => ({ shard: 's0', table: 'orders', from, to, error });
const SITUATION = { sinkOffset: 1_000_000, isReady: () => true };

function aKeeper(store = new MemoryRangeStore(), idPrefix = 'p.0.1', topicEpoch = 3) {
  const clock = new ManualClock();
  const saved: Check[] = [];
  const keeper = new RangeKeeper({
    pipeline: 'p',
    partition: 0,
    topicEpoch,
    idPrefix,
    store,
    onSaved: (checks) => saved.push(...checks),
    clock,
    logger: silentLogger,
    random: () => 0,
  });
  const stored = () => [...store.ranges.values()].map(({ from, to }) => [from, to]);
  const next = (): KeptRange | undefined => keeper.chooseNext({ ...SITUATION, nowMs: clock.monotonicMs() });
  return { keeper, clock, saved, store, stored, next };
}

describe('what cannot be verified', () => {
  test('settles when its range is stored, and not before', async () => {
    const { keeper, clock, saved, store, stored } = aKeeper();
    const check = anEntry({ key: '1' });
    let isAway = true;
    store.onCall = async () => {
      if (isAway) {
        throw new ReplicationError('ERG_5001', 'away');
      }
    };
    keeper.note(unverified(7), [check]);
    await clock.untilAwaited();
    expect([saved, stored(), keeper.blocked]).toEqual([[], [], 'ERG_5001: away']);
    isAway = false;
    clock.advance(5_000);
    await keeper.flush();
    expect([saved, stored(), keeper.blocked]).toEqual([[check], [[7, 7]], undefined]);
    expect([...store.ranges.values()]).toMatchObject([
      { pipeline: 'p', partition: 0, topicEpoch: 3, shard: 's0', table: 'orders', reason: 'ERG_3001: away' },
    ]);
  });

  test('is told in part where there is much of it: what nobody reads again first, then the oldest, and how many there are', () => {
    const { keeper, clock } = aKeeper();
    for (let shard = 0; shard < 60; shard += 1) {
      keeper.note({ ...unverified(7), shard: `s${shard}` }, []);
      clock.advance(1_000);
    }
    keeper.note({ ...unverified(7), shard: 'gone', isReadable: false }, []);
    const told = keeper.describe();
    expect([keeper.count, told.length]).toEqual([61, 50]);
    expect(told.slice(0, 3).map(({ shard }) => shard)).toEqual(['gone', 's0', 's1']);
  });

  test('is one range as long as it is near', async () => {
    const { keeper, stored } = aKeeper();
    for (const offset of [7, 3, 900, 5_000]) {
      keeper.note(unverified(offset), []);
    }
    await keeper.flush();
    expect(stored()).toEqual([
      [3, 900],
      [5_000, 5_000],
    ]);
  });

  test('of an older life of the topic is not read again: other records stand at its offsets now', async () => {
    const store = new MemoryRangeStore();
    const before = aKeeper(store, 'p.0.1', 2);
    before.keeper.note(unverified(7), []);
    await before.keeper.flush();
    const { keeper, stored, next } = aKeeper(store, 'p.0.2', 3);
    await keeper.load();
    keeper.note(unverified(8), []);
    await keeper.flush();
    expect(next()?.range).toMatchObject({ from: 8, to: 8, topicEpoch: 3 });
    expect(stored()).toEqual([
      [7, 7],
      [8, 8],
    ]);
    expect(keeper.describe()[0]?.reason).toContain('topicEpoch 2, not 3');
    expect([...store.ranges.values()].map(({ isReadable }) => isReadable)).toEqual([false, true]); // a person may give it up
  });

  test('is not lost when an older verifier still reads a range again that grew to the front meanwhile', async () => {
    const store = new MemoryRangeStore();
    const before = aKeeper(store);
    before.keeper.note(unverified(100, 200), []);
    await before.keeper.flush();
    const { keeper, stored } = aKeeper(store, 'p.0.2');
    await keeper.load();
    keeper.note(unverified(50), []);
    await keeper.flush();
    const kept = before.next();
    if (kept !== undefined) {
      before.keeper.shorten(kept, 150);
      await before.keeper.flush();
      before.keeper.remove(kept);
      await before.keeper.flush();
    }
    expect(stored()).toEqual([[50, 50]]);
  });

  test('is still known to the next verifier, whose own ranges are others', async () => {
    const store = new MemoryRangeStore();
    const before = aKeeper(store);
    before.keeper.note(unverified(7), []);
    await before.keeper.flush();
    const { keeper, stored, next } = aKeeper(store, 'p.0.2');
    await keeper.load();
    expect(next()?.range).toMatchObject({ from: 7, to: 7 });
    keeper.note({ ...unverified(7), shard: 's1' }, []);
    await keeper.flush();
    expect(stored()).toHaveLength(2);
    expect(keeper.describe()).toMatchObject([{ shard: 's0', table: 'orders', fromOffset: '7' }, { shard: 's1' }]);
  });
});

describe('a range that is read again', () => {
  test('is gone when it was verified', async () => {
    const { keeper, next, stored } = aKeeper();
    keeper.note(unverified(7), []);
    await keeper.flush();
    const kept = next() as KeptRange;
    kept.isBeingRead = true;
    keeper.remove(kept);
    await keeper.flush();
    expect([stored(), next(), keeper.describe()]).toEqual([[], undefined, []]);
  });

  test('leaves a new one of what could not be verified even so, which is tried later and later', async () => {
    const { keeper, next, stored, clock } = aKeeper();
    keeper.note(unverified(7, 9), []);
    await keeper.flush();
    for (const waitMs of [5_000, 10_000, 20_000]) {
      const kept = next() as KeptRange;
      kept.isBeingRead = true;
      keeper.inherit(keeper.note(unverified(8), []), kept);
      keeper.remove(kept);
      await keeper.flush();
      expect(stored()).toEqual([[8, 8]]);
      clock.advance(waitMs - 1);
      expect(next()).toBeUndefined();
      clock.advance(1);
    }
    expect(next()?.range.from).toBe(8);
  });

  test('begins later when a part of it was verified', async () => {
    const { keeper, next, stored } = aKeeper();
    keeper.note(unverified(7, 9), []);
    await keeper.flush();
    keeper.shorten(next() as KeptRange, 9);
    await keeper.flush();
    expect(stored()).toEqual([[9, 9]]);
  });

  test('is not read any more when its records are gone, and stays', async () => {
    const { keeper, next, store, clock } = aKeeper();
    keeper.note(unverified(7), []);
    await keeper.flush();
    keeper.postpone(next() as KeptRange, new ReplicationError('ERG_4001', 'gone'), true);
    await keeper.flush();
    clock.advance(10_000_000);
    expect(next()).toBeUndefined();
    expect([...store.ranges.values()]).toMatchObject([{ isReadable: false, reason: 'ERG_4001: gone' }]);
  });
});

test('what is never read again is known once, until a person removes it', async () => {
  const { keeper, store } = aKeeper();
  keeper.note({ ...unverified(0, 9), isReadable: false }, []);
  keeper.note(unverified(4), []);
  keeper.note({ ...unverified(0, 9), isReadable: false }, []);
  await keeper.flush();
  await keeper.review();
  expect(keeper.describe()).toMatchObject([{ toOffset: '9' }, { toOffset: '4' }]);
  store.ranges.clear();
  await keeper.review();
  expect(keeper.describe()).toMatchObject([{ toOffset: '4' }]);
});

test('a stop ends a wait for the store', async () => {
  const { keeper, clock, store, saved } = aKeeper();
  store.onCall = async () => {
    throw new ReplicationError('ERG_5001', 'away');
  };
  keeper.note(unverified(7), [anEntry({ key: '1' })]);
  await clock.untilAwaited();
  await keeper.stop();
  await passTurns(3);
  expect([saved, clock.timers]).toEqual([[], 0]);
});

test('what a person has given up is no range any more, and is counted', async () => {
  const { keeper, store } = aKeeper();
  keeper.note({ ...unverified(7), isReadable: false }, []);
  keeper.note(unverified(5_000), []);
  await keeper.flush();
  const [first] = store.ranges.keys();
  store.givenUp.add(first ?? '');
  await keeper.review();
  expect(keeper.describe()).toMatchObject([{ fromOffset: '5000', isReadable: true }]);
  expect(keeper.givenUp).toBe(1);
  const next = aKeeper(store, 'p.0.2').keeper;
  await next.load();
  expect([next.describe().length, next.givenUp]).toEqual([1, 1]);
});

test('a range that grows while somebody looks whether it was given up is kept and stored', async () => {
  const { keeper, store, saved, stored } = aKeeper();
  keeper.note({ ...unverified(7), isReadable: false }, []);
  await keeper.flush();
  store.givenUp.add([...store.ranges.keys()][0] ?? '');
  const check = anEntry({ key: '1' });
  const { load } = store;
  store.load = async (...asked) => {
    const ranges = await load.apply(store, asked);
    keeper.note({ ...unverified(9), isReadable: false }, [check]);
    return ranges;
  };
  await keeper.review();
  await keeper.flush();
  expect([saved, stored()]).toEqual([[check], [[7, 9]]]);
  expect(keeper.describe()).toMatchObject([{ fromOffset: '7', toOffset: '9' }]);
});

test('what was set aside again out of the front of a range stays so when the rest is read another time', () => {
  const { keeper } = aKeeper();
  const kept = keeper.note(unverified(0, 5_000), []);
  kept.aside.dropNames(); // as where there is no room for them
  kept.aside.add({ offset: 7, payloadIndex: 0, key: '1' });
  kept.aside.begin();
  kept.aside.doubt(undefined);
  keeper.shorten(kept, 1_000);
  kept.aside.begin();
  expect(kept.aside.clear()).toBe(0);
});
