/** What every case store does, whatever it is made of. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import type { CaseStore } from '../../actors/state/case-store.ts';
import { aNewCase, changing, opening, PLACE } from '../support/build-new-case.ts';

/** @param openStore an empty one */
export function describeCaseStore(name: string, openStore: () => Promise<CaseStore>): void {
  describe(`cases of ${name}`, () => {
    let store: CaseStore;

    beforeEach(async () => {
      store = await openStore();
      await store.takePlace(PLACE);
    });

    async function open(...news: ReturnType<typeof aNewCase>[]): Promise<Case[]> {
      const written = await store.write(
        PLACE,
        news.map((next) => opening(next)),
      );
      return written.map((one) => one ?? expect.fail('not opened'));
    }

    const statesOf = async () => (await store.count(PLACE)).states;

    test('come back as they were written', async () => {
      const full = aNewCase("k'\\\0😀", {
        columns: ['a', "b'"],
        commitTimeMs: null,
        offset: 2n ** 63n,
        extraSinceMs: 5,
        ordered: 'delete',
        dueMs: 6,
        outageId: 7n,
        runId: 8n,
        repairedMs: 9,
        repairOffset: 10n,
        reason: 'ERG_3001: é',
        sourceDigest: null,
      });
      const [one, other] = await open(full, aNewCase('k2'));
      const { previousId: _, ...kept } = full;
      expect(one).toEqual({ ...kept, id: expect.any(BigInt), rev: 0 });
      expect(other?.id).toBeGreaterThan(one?.id ?? 0n);
      expect(await store.getOpen([one?.id ?? 0n])).toEqual([one]);
    });

    test('are one per row, however often the row is reported', async () => {
      const [first] = await open(aNewCase('k'));
      const again = Array.from({ length: 50 }, () => opening(aNewCase('k', { detections: 9 })));
      expect(await store.write(PLACE, again)).toEqual(again.map(() => undefined));
      const twice = await store.write(PLACE, [opening(aNewCase('new')), opening(aNewCase('new'))]);
      expect(twice.map((one) => one !== undefined)).toEqual([true, false]);
      expect(await store.getOpen([first?.id ?? 0n])).toEqual([first]);
      expect(await statesOf()).toEqual({ waiting: 2 });
    });

    test('of rows that differ in table, shard, key, or the case of a letter, are apart', async () => {
      const row = aNewCase('k').row;
      await open(
        aNewCase('k'),
        aNewCase('K'),
        aNewCase('k '),
        aNewCase('k', { row: { ...row, shard: 's1' } }),
        aNewCase('k', { row: { ...row, table: 'Orders' } }),
        aNewCase('x'.repeat(70_000)),
      );
      expect(await statesOf()).toEqual({ waiting: 6 });
      const found = await store.findNewest(PLACE.pipeline, [{ ...row, rowKey: 'K' }]);
      expect(found.map((one) => one.row.rowKey)).toEqual(['K']);
    });

    test('are changed by who has seen their newest state, and by nobody else', async () => {
      const [seen] = await open(aNewCase('k'));
      const [now] = await store.write(PLACE, [changing(seen as Case, { state: 'checking', attempts: 2 })]);
      expect(now).toEqual({ ...seen, state: 'checking', attempts: 2, rev: 1 });
      expect(await store.write(PLACE, [changing(seen as Case, { state: 'held' })])).toEqual([undefined]);
      expect(await store.getOpen([now?.id ?? 0n])).toEqual([now]);
    });

    test('go to another partition with their row, and are driven there', async () => {
      const [one] = await open(aNewCase('k', { dueMs: 1 }));
      await store.write(PLACE, [changing(one as Case, { partition: 4, offset: 7n })]);
      expect((await store.listDue(PLACE, 10)).cases).toEqual([]);
      const there = await store.listDue({ ...PLACE, partition: 4 }, 10);
      expect(there.cases).toMatchObject([{ id: one?.id, partition: 4, offset: 7n }]);
    });

    test('are written in one go, each by itself: a refused one does not keep back the others', async () => {
      const [stale, good] = await open(aNewCase('k1'), aNewCase('k2'));
      await store.write(PLACE, [changing(stale as Case, { lostRaces: 1 })]);
      const written = await store.write(PLACE, [
        changing(stale as Case, { state: 'held' }),
        changing(good as Case, { state: 'held' }),
        opening(aNewCase('k1')),
        opening(aNewCase('k3')),
      ]);
      expect(written.map((one) => one?.row.rowKey)).toEqual([undefined, 'k2', undefined, 'k3']);
    });

    test('that are closed are no longer open, and their row may have a new one', async () => {
      const [one] = await open(aNewCase('k'));
      const [closed] = await store.write(PLACE, [
        changing(one as Case, { state: 'closed', end: 'healed', dueMs: null }),
      ]);
      expect(closed).toMatchObject({ state: 'closed', end: 'healed' });
      expect(await store.getOpen([one?.id ?? 0n])).toEqual([]);
      expect(await store.findNewest(PLACE.pipeline, [aNewCase('k').row])).toEqual([closed]);
      expect(await store.write(PLACE, [changing(closed as Case, { state: 'waiting' })])).toEqual([undefined]);
      const [next] = await open(aNewCase('k', { previousId: one?.id ?? null }));
      expect(next?.id).toBeGreaterThan(one?.id ?? 0n);
      expect(await store.findNewest(PLACE.pipeline, [aNewCase('k').row])).toEqual([next]);
    });

    test('that are due are listed by their time, with the time that it is', async () => {
      const { nowMs } = await store.listDue(PLACE, 10);
      await open(
        aNewCase('late', { dueMs: nowMs - 1 }),
        aNewCase('later', { dueMs: nowMs + 3_600_000 }),
        aNewCase('never', { dueMs: null }),
        aNewCase('first', { dueMs: 1 }),
        aNewCase('elsewhere', { dueMs: 1, partition: 4 }),
      );
      const due = await store.listDue(PLACE, 10);
      expect(due.cases.map(({ row }) => row.rowKey)).toEqual(['first', 'late']);
      expect((await store.listDue(PLACE, 1)).cases.map(({ row }) => row.rowKey)).toEqual(['first']);
      const keysBy = async (byMs: number) => (await store.listDue(PLACE, 10, byMs)).cases.map(({ row }) => row.rowKey);
      expect(await keysBy(nowMs - 2)).toEqual(['first']);
      expect(await keysBy(nowMs + 3_600_000)).toEqual(['first', 'late', 'later']);
    });

    test('that wait for too long are listed, unless a person wants it so', async () => {
      await open(
        aNewCase('far', { dueMs: 1_001 }),
        aNewCase('near', { dueMs: 1_000 }),
        aNewCase('never', { dueMs: null, state: 'held' }),
        aNewCase('ignored', { dueMs: 1_001, state: 'suppressed' }),
        aNewCase('elsewhere', { dueMs: 1_001, partition: 4 }),
      );
      expect((await store.listFarOff(PLACE, 1_000, 10)).map(({ row }) => row.rowKey)).toEqual(['far']);
    });

    test('that somebody works on are listed from behind an id', async () => {
      const cases = await open(
        aNewCase('a', { state: 'checking' }),
        aNewCase('b', { state: 'waiting' }),
        aNewCase('c', { state: 'reverifying' }),
        aNewCase('d', { state: 'repairing' }),
      );
      const keys = async (afterId: bigint) => (await store.listClaimed(PLACE, afterId, 2)).map(({ row }) => row.rowKey);
      expect(await keys(0n)).toEqual(['a', 'c']);
      expect(await keys(cases[2]?.id ?? 0n)).toEqual(['d']);
    });

    test('that are held are listed by their evidence, without the shards that are still away', async () => {
      const held = (key: string, shard: string, more: object) =>
        aNewCase(key, { state: 'held', row: { ...aNewCase(key).row, shard }, ...more });
      await open(
        held('b', 's0', { commitTimeMs: 20 }),
        held('a', 's1', { commitTimeMs: 10 }),
        held('x', 's2', { commitTimeMs: 1 }),
        held('0', 's1', { commitTimeMs: null, offset: 9n }),
        held('c', 's1', { commitTimeMs: 20, offset: 43n }),
        aNewCase('w'),
      );
      const keys = async (limit: number) =>
        (await store.listHeld(PLACE, ['s2'], limit)).map(({ row }) => row.rowKey).join('');
      expect(await keys(10)).toBe('0abc');
      expect(await keys(2)).toBe('0a');
      expect(await store.listHeld(PLACE, ['s0', 's1', 's2'], 10)).toEqual([]);
    });

    test('are counted by state, with the oldest', async () => {
      expect(await store.count(PLACE)).toEqual({ states: {}, oldestMs: undefined });
      await open(
        aNewCase('a', { firstSeenMs: 200 }),
        aNewCase('b', { firstSeenMs: 100, state: 'held' }),
        aNewCase('c', { firstSeenMs: 300, columns: ['x', 'y'] }),
        aNewCase('d', { firstSeenMs: 50, partition: 9 }),
        aNewCase('e', { firstSeenMs: 300, partition: 9 }),
      );
      expect(await store.count(PLACE)).toEqual({ states: { waiting: 2, held: 1 }, oldestMs: 100 });
    });

    test('have their steps counted, also when they are closed', async () => {
      const { nowMs } = await store.listDue(PLACE, 1);
      const [one] = await open(aNewCase('k'));
      await store.write(PLACE, [changing(one as Case, { state: 'closed', end: 'verified' }, 'deleted')]);
      expect(await store.countSteps(PLACE, 'deleted', nowMs)).toBe(1);
      expect(await store.countSteps(PLACE, 'deleted', nowMs + 3_600_000)).toBe(0);
      expect(await store.countSteps({ ...PLACE, partition: 9 }, 'deleted', nowMs)).toBe(0);
    });

    test('are written by the newest place only', async () => {
      const [one] = await open(aNewCase('k'));
      await store.takePlace({ ...PLACE, epoch: 8 });
      const fenced = { code: 'ERG_5101', class: 'fenced' };
      await expect(store.write(PLACE, [opening(aNewCase('k2'))])).rejects.toMatchObject(fenced);
      await expect(store.write(PLACE, [changing(one as Case, { state: 'held' })])).rejects.toMatchObject(fenced);
      await expect(store.takePlace(PLACE)).rejects.toMatchObject(fenced);
      await expect(store.openIncident(PLACE, { kind: 'storm', subject: 't', reason: '' })).rejects.toMatchObject(
        fenced,
      );
      expect(await store.getOpen([one?.id ?? 0n])).toEqual([one]);
      expect(await statesOf()).toEqual({ waiting: 1 });
    });

    test('have one open incident per kind and subject', async () => {
      const storm = { kind: 'storm', subject: 'orders', reason: 'too many' } as const;
      const id = await store.openIncident(PLACE, storm);
      expect(await store.openIncident(PLACE, { ...storm, reason: 'again' })).toBe(id);
      const outage = await store.openIncident(PLACE, { kind: 'outage', subject: 's0', reason: 'away' });
      expect(outage).not.toBe(id);
      await store.closeIncident(PLACE, id, 'ann');
      await store.closeIncident(PLACE, id, 'bob');
      const listed = await store.listIncidents(PLACE.pipeline, 0);
      expect(listed).toEqual([
        { id, ...storm, openedMs: expect.any(Number), closedMs: expect.any(Number) },
        { id: outage, kind: 'outage', subject: 's0', reason: 'away', openedMs: expect.any(Number), closedMs: null },
      ]);
      const afterMs = (listed[0]?.closedMs ?? 0) + 1;
      expect((await store.listIncidents(PLACE.pipeline, afterMs)).map((one) => one.id)).toEqual([outage]);
      expect(await store.openIncident(PLACE, storm)).toBeGreaterThan(id);
    });
  });
}
