/** Plans, and runs that are made of them. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { Run, RunItem } from '../../actors/state/run-store.ts';
import { aNewCase, changing, opening, PLACE } from '../support/build-new-case.ts';

type Desk = Pick<StateDatabase, 'cases' | 'runs' | 'caseDesk' | 'audit'>;

const ANN = { by: 'ann@here', reason: 'INC-1', mayDelete: false };
const BOB = { by: 'bob@here', reason: 'INC-1' };

/** @param expirePlans makes all plans older than they may be */
export function describeRunStore(openDesk: () => Promise<Desk>, expirePlans: () => Promise<void>): void {
  describe('runs', () => {
    let desk: Desk;

    beforeEach(async () => {
      desk = await openDesk();
      await desk.cases.takePlace(PLACE);
    });

    const anItem = (key: string, more: Partial<RunItem> = {}): RunItem => ({
      partition: PLACE.partition,
      row: aNewCase(key).row,
      caseId: null,
      action: 'update',
      ...more,
    });

    const plan = (...items: RunItem[]): Promise<Run> =>
      desk.runs.addPlan({
        pipeline: PLACE.pipeline,
        selection: 'keys',
        by: 'ann@here',
        lookedAt: items.length,
        items,
      });

    async function placeAll(id: bigint): Promise<void> {
      while ((await desk.runs.placeItems(id, 2)) > 0) {
        // the next portion
      }
    }

    test('order what their plan named: on the cases that there are, and on new ones for rows without', async () => {
      const writes = [opening(aNewCase('a')), opening(aNewCase('gone')), opening(aNewCase('found'))];
      const [one, gone] = (await desk.cases.write(PLACE, writes)) as Case[];
      const run = await plan(
        anItem('a', { caseId: one?.id ?? null }),
        anItem('gone', { caseId: gone?.id ?? null }),
        anItem('new', { action: 'insert' }),
        anItem('right', { action: 'equal' }),
        anItem('found'),
      );
      expect(run).toMatchObject({ state: 'planned', items: 5, lookedAt: 5, plannedBy: 'ann@here' });
      expect(run.validUntilMs - run.plannedMs).toBe(15 * 60_000);
      await desk.cases.write(PLACE, [changing(gone as Case, { state: 'closed', end: 'healed' })]);
      expect(await desk.cases.listOrders(PLACE, 10)).toEqual([]);
      expect(await desk.runs.start(run.id, ANN)).toBe('started');
      await placeAll(run.id);
      const orders = await desk.cases.listOrders(PLACE, 10);
      const cases = await desk.cases.getOpen(orders.map(({ caseId }) => caseId));
      expect(cases.map(({ row, foundBy, kind }) => [row.rowKey, foundBy, kind])).toEqual([
        ['a', 'verifier', 'different'],
        ['found', 'verifier', 'different'],
        ['new', 'operator', 'missing'],
      ]);
      expect(orders).toMatchObject(
        orders.map(() => ({ verb: 'repair', runId: run.id, by: 'ann@here', reason: 'INC-1', mayDelete: false })),
      );
      expect((await desk.cases.listDue(PLACE, 10)).cases.map(({ row }) => row.rowKey)).toEqual(['new']);
    });

    test('go on where they were left, and place nothing twice', async () => {
      const run = await plan(...Array.from({ length: 7 }, (_, index) => anItem(`k${index}`)));
      await desk.runs.start(run.id, ANN);
      expect(await desk.runs.placeItems(run.id, 3)).toBe(4);
      await Promise.all([desk.runs.placeItems(run.id, 3), desk.runs.placeItems(run.id, 3)]);
      expect(await desk.runs.placeItems(run.id, 3)).toBe(0);
      expect(await desk.cases.listOrders(PLACE, 100)).toHaveLength(7);
      expect((await desk.cases.listOrders(PLACE, 5)).length).toBe(5);
    });

    test('are started once, while their plan is fresh', async () => {
      const run = await plan(anItem('k'));
      const starts = await Promise.all([desk.runs.start(run.id, ANN), desk.runs.start(run.id, ANN)]);
      expect(starts.toSorted()).toEqual(['not-planned', 'started']);
      const old = await plan(anItem('k'));
      await expirePlans();
      expect(await desk.runs.start(old.id, ANN)).toBe('expired');
      expect(await desk.runs.start(9_999n, ANN)).toBe('unknown');
    });

    test('that delete, or write many rows, are started by another person than they were planned by', async () => {
      const few = await plan(anItem('k', { action: 'delete' }));
      expect(await desk.runs.start(few.id, { ...ANN, mayDelete: true })).toBe('same-person');
      expect(await desk.runs.start(few.id, { ...BOB, mayDelete: true })).toBe('started');
      const many = await plan(...Array.from({ length: 1_001 }, (_, index) => anItem(`k${index}`)));
      expect(await desk.runs.start(many.id, ANN)).toBe('same-person');
      expect(await desk.runs.start(many.id, { ...BOB, mayDelete: false })).toBe('started');
      const equal = Array.from({ length: 1_001 }, () => anItem('k', { action: 'equal' }));
      const one = await plan(...equal, anItem('wrong'));
      expect(await desk.runs.start(one.id, ANN)).toBe('started');
    });

    test('are not begun when no row is to be repaired', async () => {
      for (const empty of [await plan(), await plan(anItem('k', { action: 'equal' }))]) {
        expect(await desk.runs.start(empty.id, ANN)).toBe('empty');
        expect(await desk.runs.find(empty.id)).toMatchObject({ state: 'planned' });
      }
    });

    test('that are paused give no orders, and do when they go on; those that are stopped never again', async () => {
      const run = await plan(anItem('a'), anItem('b'));
      const other = await plan(anItem('c'));
      for (const { id } of [run, other]) {
        await desk.runs.start(id, ANN);
        await placeAll(id);
      }
      const openOf = async () => (await desk.cases.listOrders(PLACE, 10)).map(({ runId }) => runId);
      expect(await desk.runs.move(run.id, 'paused', BOB)).toBe(true);
      expect(await openOf()).toEqual([other.id]);
      expect(await desk.runs.move(run.id, 'paused', BOB)).toBe(false);
      expect(await desk.runs.move(run.id, 'running', BOB)).toBe(true);
      expect(await openOf()).toEqual([run.id, run.id, other.id]);
      expect(await desk.runs.move(run.id, 'stopped', BOB)).toBe(true);
      expect(await openOf()).toEqual([other.id]);
      expect(await desk.runs.move(run.id, 'running', BOB)).toBe(false);
      expect((await desk.runs.progress(run.id))?.orders).toEqual({ open: 0, done: 0, refused: 2 });
    });

    test('tell how far they are, and have ended when nothing is under way', async () => {
      const run = await plan(anItem('a'), anItem('b', { action: 'equal' }), anItem('c', { action: 'delete' }));
      await desk.runs.start(run.id, ANN);
      await placeAll(run.id);
      expect(await desk.runs.progress(run.id)).toMatchObject({
        run: { state: 'running', placedItems: 3 },
        actions: { update: 1, equal: 1, delete: 1 },
        orders: { open: 2, done: 0, refused: 0 },
        open: { waiting: 2 },
        closed: {},
      });
      for (const order of await desk.cases.listOrders(PLACE, 10)) {
        const [one] = (await desk.cases.getOpen([order.caseId])) as [Case];
        const [checked] = await desk.cases.write(PLACE, [
          { ...changing(one, { state: 'checking' }), orderId: order.id },
        ]);
        expect((await desk.runs.progress(run.id))?.run.state).toBe('running');
        await desk.cases.write(PLACE, [
          one.row.rowKey === 'a'
            ? changing(checked as Case, { state: 'repaired', runId: run.id })
            : changing(checked as Case, { state: 'closed', end: 'healed', runId: run.id }),
        ]);
      }
      expect(await desk.runs.progress(run.id)).toMatchObject({
        run: { state: 'ended', endedMs: expect.any(Number) },
        orders: { open: 0, done: 2, refused: 0 },
        open: { repaired: 1 },
        closed: { healed: 1 },
      });
      expect((await desk.runs.list([PLACE.pipeline], 10)).map(({ id }) => id)).toEqual([run.id]);
      expect((await desk.audit.list(10, undefined)).map(({ action }) => action)).toEqual([
        'recover run',
        'recover plan',
      ]);
    });
  });
}
