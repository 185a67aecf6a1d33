import { beforeEach, describe, expect, test } from 'vitest';
import type { UnverifiedRange, UnverifiedRangeStore } from '../../actors/state/unverified-range.ts';

const RANGE: UnverifiedRange = {
  id: '1/3/7',
  pipeline: 'order-seller',
  partition: 3,
  topicEpoch: 1,
  shard: '*',
  table: null,
  from: 10,
  to: 2 ** 40,
  reason: "ERG_3001: nobody answers 'é'",
  sinceMs: 1_700_000_000_000,
  isReadable: true,
};

/** @param openStore an empty one */
export function describeRangeStore(openStore: () => Promise<UnverifiedRangeStore>): void {
  describe('unverified ranges', () => {
    let store: UnverifiedRangeStore;

    beforeEach(async () => {
      store = await openStore();
    });

    const load = () => store.load(RANGE.pipeline, RANGE.partition);

    test('of one partition come back as they were saved, the oldest first', async () => {
      const older = { ...RANGE, id: 'z', sinceMs: 5, table: 'orders', isReadable: false };
      await store.save([older, RANGE, { ...RANGE, id: 'x', partition: 4 }, { ...RANGE, id: 'y', pipeline: 'other' }]);
      expect(await load()).toEqual([older, RANGE]);
      await store.save([]);
      await store.remove([]);
      expect(await load()).toHaveLength(2);
    });

    test('are replaced by their id, and their end never goes back', async () => {
      await store.save([{ ...RANGE, to: 20 }]);
      await store.save([{ ...RANGE, to: 15, reason: 'other', isReadable: false }]);
      expect(await load()).toEqual([{ ...RANGE, to: 20, reason: 'other', isReadable: false }]);
    });

    test('are removed when they have not grown meanwhile', async () => {
      await store.save([
        { ...RANGE, to: 20 },
        { ...RANGE, id: 'same', to: 20 },
      ]);
      await store.save([{ ...RANGE, to: 30 }]);
      await store.remove([
        { id: RANGE.id, to: 20 },
        { id: 'same', to: 20 },
        { id: 'unknown', to: 1 },
      ]);
      expect(await load()).toEqual([{ ...RANGE, to: 30 }]);
    });
  });
}
