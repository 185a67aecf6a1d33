/** What every case store tells of the tables whose automatic repair may have to be stopped. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CaseStore } from '../../actors/state/case-store.ts';
import type { Finding, FindingStore } from '../../actors/state/finding.ts';
import { aNewCase, opening, PLACE } from '../support/build-new-case.ts';

interface Stores {
  readonly cases: CaseStore;
  readonly findings: Pick<FindingStore, 'store'>;
}

/** @param openStores empty ones */
export function describeStormCases(name: string, openStores: () => Promise<Stores>): void {
  describe(`cases of ${name}`, () => {
    let store: CaseStore;
    let findings: Stores['findings'];

    beforeEach(async () => {
      ({ cases: store, findings } = await openStores());
      await store.takePlace(PLACE);
    });

    async function open(...news: ReturnType<typeof aNewCase>[]): Promise<void> {
      const written = await store.write(
        PLACE,
        news.map((next) => opening(next)),
      );
      expect(written).not.toContain(undefined);
    }

    test('of new shapes are counted by table, of all partitions, when a verifier or a sweep has found and somebody confirmed them', async () => {
      await open(
        aNewCase('a', { confirmedMs: 200, firstSeenMs: 1 }),
        aNewCase('b', { confirmedMs: 199 }),
        aNewCase('c', { confirmedMs: 300, columns: ['x', 'y'], foundBy: 'sweeper' }),
        aNewCase('d', { confirmedMs: 300, partition: 9 }),
        aNewCase('nobody has looked', { confirmedMs: null }),
        aNewCase('a change of it is known', { confirmedMs: 300, foundBy: 'sink' }),
        aNewCase('a person looks after it', { confirmedMs: 300, foundBy: 'operator' }),
        aNewCase('of another pipeline', { confirmedMs: 300, pipeline: 'other' }),
      );
      const shapes = await store.survey(PLACE.pipeline, 200);
      expect(shapes.toSorted((left, right) => right.cases - left.cases)).toEqual([
        { table: 'orders', columns: ['status'], cases: 2 },
        { table: 'orders', columns: ['x', 'y'], cases: 1 },
      ]);
    });

    describe('that changes which could not be applied excuse', () => {
      const SINCE_MS = 1_000;
      const proven = (key: string, confirmedMs: number, more: Parameters<typeof aNewCase>[1] = {}) =>
        aNewCase(key, { confirmedMs, ...more });
      /** @param readMs when it was read again in vain; undefined: it was not */
      const change = (key: string, readMs?: number, more: Parameters<typeof aNewCase>[1] = {}) =>
        aNewCase(key, {
          kind: 'opaque',
          foundBy: 'sink',
          confirmedMs: null,
          firstSeenMs: 1_500,
          lastSeenMs: readMs ?? 1_500,
          ...more,
        });
      const excused = (table = 'orders') => store.countExcused(PLACE.pipeline, table, SINCE_MS);

      test('are one for each that will be read again by itself, of all partitions, also if it has no case yet', async () => {
        await open(
          ...Array.from({ length: 7 }, (_, index) => proven(`proven ${index}`, SINCE_MS)),
          change('a'),
          change('b', undefined, { state: 'retryWait', partition: 9 }),
          change('waits for a person', undefined, { state: 'quarantined' }),
          change('elsewhere', undefined, { pipeline: 'other' }),
          aNewCase('a row', { foundBy: 'sink', confirmedMs: null }),
        );
        expect(await excused()).toBe(2);
        await findings.store([
          aFinding(1n),
          aFinding(2n),
          { ...aFinding(3n), partition: 9 },
          { ...aFinding(4n), stage: 'decode' },
        ]);
        const write = opening(change('c'));
        await store.write(PLACE, [{ ...write, finding: aFinding(1n) }]);
        expect(await excused()).toBe(5);
        expect(await excused('items')).toBe(0);
      });

      test('are no more than there are of them', async () => {
        await open(change('a'), change('b'), change('c'));
        expect(await excused()).toBe(0);
        await open(
          proven('a row', SINCE_MS),
          proven('too long ago', SINCE_MS - 1),
          proven('found by its sink', SINCE_MS, { foundBy: 'sink' }),
          proven('of another table', SINCE_MS, { row: { ...aNewCase('k').row, table: 'items' } }),
        );
        expect(await excused()).toBe(1);
      });

      test('were proven after the change was read again', async () => {
        await open(proven('old', 2_000), proven('older', 1_900), change('a', 2_001), change('b', 2_500));
        expect(await excused()).toBe(0);
        await open(proven('new', 2_100), proven('newer', 2_200));
        expect(await excused()).toBe(1); // by a
        await open(proven('newest', 2_500));
        expect(await excused()).toBe(2);
        await open(change('c', 2_000));
        expect(await excused()).toBe(3);
      });
    });

    test('that a storm keeps back are listed by their table', async () => {
      const stopped = (key: string, more: Parameters<typeof aNewCase>[1] = {}) =>
        aNewCase(key, { state: 'retryWait', dueMs: 1_001, reason: 'ERG_5103: many', ...more });
      await open(
        stopped('a'),
        stopped('b'),
        stopped('due anyway', { dueMs: 1_000 }),
        stopped('of another reason', { reason: 'ERG_5104: the pipeline only observes' }),
        stopped('of a person', { state: 'quarantined' }),
        stopped('elsewhere', { partition: 4 }),
        stopped('of another table', { row: { ...aNewCase('k').row, table: 'items' } }),
      );
      const keys = async (limit: number) =>
        (await store.listStopped(PLACE, { table: 'orders', afterMs: 1_000, limit })).map(({ row }) => row.rowKey);
      expect((await keys(10)).toSorted()).toEqual(['a', 'b']);
      expect(await keys(1)).toHaveLength(1);
    });
  });
}

function aFinding(offset: bigint): Finding {
  return {
    pipeline: PLACE.pipeline,
    topic: 't',
    topicEpoch: 0,
    partition: PLACE.partition,
    offset,
    payloadIndex: 0,
    code: 'ERG_2007',
    stage: 'route',
    message: 'ERG_2007: no answer',
    table: 'orders',
    rowKey: undefined,
    recordKey: null,
    recordValue: Buffer.from('{}'),
  };
}
