import { beforeEach, describe, expect, test } from 'vitest';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
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

/** @param emptied a state database without rows */
export function describeRangeDesk(emptied: () => Promise<StateDatabase>): void {
  describe('unverified ranges that nobody reads again', () => {
    const NEVER = { ...RANGE, to: 20, isReadable: false };
    const ANN = { by: 'ann@here', reason: 'swept' };

    test('are given up once, stay, and are counted; it stands in the audit', async () => {
      const { unverifiedRanges: ranges, audit } = await emptied();
      await ranges.save([NEVER, { ...NEVER, id: 'other', partition: 4 }]);
      expect(await ranges.giveUp(NEVER.id, ANN)).toBe('given-up');
      expect(await ranges.giveUp(NEVER.id, ANN)).toBe('before');
      expect(await ranges.giveUp('nope', ANN)).toBe('unknown');
      expect(await ranges.load(NEVER.pipeline, NEVER.partition)).toEqual([]);
      expect(await ranges.countGivenUp(NEVER.pipeline, NEVER.partition)).toBe(1);
      expect(await ranges.countGivenUp(NEVER.pipeline, 4)).toBe(0);
      expect((await ranges.list([NEVER.pipeline], false)).map(({ id }) => id)).toEqual(['other']);
      expect(await ranges.list([NEVER.pipeline], true)).toEqual([
        { ...NEVER, givenUp: { ...ANN, atMs: expect.any(Number) } },
        { ...NEVER, id: 'other', partition: 4, givenUp: null },
      ]);
      expect(await audit.list(10, undefined)).toMatchObject([
        { actor: 'ann@here', action: 'verify give-up', object: `range ${NEVER.id}`, reason: 'swept' },
      ]);
    });

    test('are open again when they grow, and not when they are stored as they were', async () => {
      const { unverifiedRanges: ranges } = await emptied();
      await ranges.save([NEVER]);
      await ranges.giveUp(NEVER.id, ANN);
      await ranges.save([{ ...NEVER, reason: 'another' }]);
      expect(await ranges.countGivenUp(NEVER.pipeline, NEVER.partition)).toBe(1);
      await ranges.save([{ ...NEVER, to: 21 }]);
      expect(await ranges.load(NEVER.pipeline, NEVER.partition)).toMatchObject([{ to: 21 }]);
    });

    test('are those only: what a verifier comes back to is not given up', async () => {
      const { unverifiedRanges: ranges } = await emptied();
      await ranges.save([RANGE]);
      expect(await ranges.giveUp(RANGE.id, ANN)).toBe('readable');
      expect(await ranges.load(RANGE.pipeline, RANGE.partition)).toEqual([RANGE]);
    });
  });
}
