/** What people see of cases, and what becomes of their orders. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import type { CaseFilter, CasePage, NewOrder } from '../../actors/state/case-desk.ts';
import type { Finding } from '../../actors/state/finding.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { aNewCase, changing, opening, PLACE } from '../support/build-new-case.ts';

type Desk = Pick<StateDatabase, 'cases' | 'caseDesk' | 'audit' | 'findings'>;

/** @param openDesk without any case */
export function describeCaseDesk(openDesk: () => Promise<Desk>): void {
  describe('the desk of cases', () => {
    let desk: Desk;

    beforeEach(async () => {
      desk = await openDesk();
      await desk.cases.takePlace(PLACE);
    });

    async function open(...news: ReturnType<typeof aNewCase>[]): Promise<Case[]> {
      const writes = news.map((next) => opening(next));
      return (await desk.cases.write(PLACE, writes)).map((one) => one ?? expect.fail('not opened'));
    }

    async function keys(filter: Partial<CaseFilter>, page: Partial<CasePage> = {}): Promise<string> {
      const listed = await desk.caseDesk.list(
        { pipelines: [PLACE.pipeline], ...filter },
        { order: 'oldest', limit: 10, ...page },
      );
      return listed.map(({ row }) => row.rowKey).join('');
    }

    const anOrder = (one: Case, more: Partial<NewOrder> = {}): NewOrder => ({
      caseId: one.id,
      verb: 'recheck',
      reason: 'why',
      by: 'ann@here',
      untilMs: null,
      ...more,
    });

    describe('lists cases', () => {
      const at = (key: string, table: string, shard: string) => ({ ...aNewCase(key).row, table, shard });
      beforeEach(async () => {
        await open(
          aNewCase('a', { firstSeenMs: 10, offset: 5n, commitTimeMs: 100 }),
          aNewCase('b', { row: at('b', 'items', 's0'), kind: 'missing', firstSeenMs: 20, commitTimeMs: 200 }),
          aNewCase('c', { row: at('c', 'orders', 's1'), state: 'held', firstSeenMs: 30, partition: 4 }),
          aNewCase('d', { pipeline: 'other', kind: 'extra', firstSeenMs: 40, runId: 9n }),
          aNewCase('e', { row: at('e', 'items', 's1'), state: 'quarantined', firstSeenMs: 50, runId: 9n }),
        );
      });

      test.each<[string, Partial<CaseFilter>]>([
        ['abce', {}],
        ['abcde', { pipelines: [PLACE.pipeline, 'other'] }],
        ['be', { table: 'items' }],
        ['ce', { shard: 's1' }],
        ['e', { table: 'items', shard: 's1' }],
        ['c', { state: 'held' }],
        ['b', { kind: 'missing' }],
        ['e', { runId: 9n }],
        ['', { runId: 9n, table: 'orders' }],
        ['ce', { sinceMs: 30 }],
        ['', { sinceMs: 51 }],
        ['ab', { commitFromMs: 100, commitToMs: 200 }],
        ['a', { offsets: { partition: PLACE.partition, from: 1n, to: 5n } }],
        ['', { table: 'items', kind: 'extra', state: 'waiting' }],
        ['', { state: 'closed' }],
      ])('"%s" by %o', async (expected, filter) => {
        expect(await keys(filter)).toBe(expected);
      });

      test('page by page, from either end', async () => {
        const all = await desk.caseDesk.list({ pipelines: [PLACE.pipeline] }, { order: 'newest', limit: 2 });
        expect(all.map(({ row }) => row.rowKey)).toEqual(['e', 'c']);
        expect(await keys({}, { order: 'newest', limit: 2, behindId: all[1]?.id })).toBe('ba');
        expect(await keys({}, { order: 'oldest', limit: 1, behindId: all[1]?.id })).toBe('e');
      });
    });

    test('tells all that happened to a case, also when it is closed', async () => {
      const [one] = await open(aNewCase('k'));
      await desk.caseDesk.order(anOrder(one as Case));
      const [order] = await desk.cases.listOrders(PLACE, 10);
      const before = { id: '1', name: null };
      const step = { event: 'written', by: 'recovery', note: 'ERG_1', before };
      await desk.cases.write(PLACE, [
        {
          kind: 'change',
          before: one as Case,
          next: { ...(one as Case), state: 'closed', end: 'verified' },
          step,
          orderId: order?.id,
        },
      ]);
      const file = await desk.caseDesk.find(one?.id ?? 0n, 10);
      expect(file?.case).toMatchObject({ state: 'closed', end: 'verified' });
      expect(file?.closedMs).toBeGreaterThan(0);
      expect(file?.steps.map(({ event, from, to }) => [event, from, to])).toEqual([
        ['detected', null, 'waiting'],
        ['written', 'waiting', 'closed'],
      ]);
      expect(file?.steps.map((past) => past.before)).toEqual([undefined, before]);
      expect(file?.orders).toMatchObject([{ verb: 'recheck', settledMs: expect.any(Number), refusal: null }]);
      expect(await keys({ state: 'closed' })).toBe('k');
      expect(await desk.caseDesk.find(9_999n, 10)).toBeUndefined();
    });

    describe('takes orders', () => {
      test('which wait until they are done, or refused, and stand in the audit', async () => {
        const [one, other] = await open(aNewCase('a'), aNewCase('b'));
        expect(await desk.caseDesk.order(anOrder(one as Case, { verb: 'ignore', untilMs: 5 }))).toBe('given');
        expect(await desk.caseDesk.order(anOrder(other as Case, { verb: 'repair' }))).toBe('given');
        const orders = await desk.cases.listOrders(PLACE, 10);
        expect(orders.map(({ id: _, ...order }) => order)).toEqual([
          { caseId: one?.id, verb: 'ignore', reason: 'why', by: 'ann@here', runId: null, mayDelete: false, untilMs: 5 },
          {
            caseId: other?.id,
            verb: 'repair',
            reason: 'why',
            by: 'ann@here',
            runId: null,
            mayDelete: false,
            untilMs: null,
          },
        ]);
        expect(await desk.cases.listOrders({ ...PLACE, partition: 4 }, 10)).toEqual([]);
        const [ignore, repair] = orders;
        await desk.cases.write(PLACE, [
          { ...changing(one as Case, { state: 'suppressed' }), orderId: ignore?.id },
          { ...changing({ ...(other as Case), rev: 5 }, { state: 'checking' }), orderId: repair?.id },
        ]);
        expect((await desk.cases.listOrders(PLACE, 10)).map(({ verb }) => verb)).toEqual(['repair']);
        await desk.cases.refuseOrder(PLACE, repair?.id ?? 0n, 'ERG_5109: no');
        expect(await desk.cases.listOrders(PLACE, 10)).toEqual([]);
        expect((await desk.caseDesk.find(other?.id ?? 0n, 1))?.orders).toMatchObject([{ refusal: 'ERG_5109: no' }]);
        expect((await desk.audit.list(10, undefined)).map(({ action, actor }) => [action, actor])).toEqual([
          ['case repair', 'ann@here'],
          ['case ignore', 'ann@here'],
        ]);
      });

      test('that go with their case to another partition', async () => {
        const [one] = await open(aNewCase('a'));
        await desk.caseDesk.order(anOrder(one as Case));
        await desk.cases.write(PLACE, [changing(one as Case, { partition: 4 })]);
        expect(await desk.cases.listOrders(PLACE, 10)).toEqual([]);
        expect(await desk.cases.listOrders({ ...PLACE, partition: 4 }, 10)).toMatchObject([{ caseId: one?.id }]);
      });

      test('but none of a case that is closed, or was never there', async () => {
        const [one] = await open(aNewCase('k'));
        await desk.cases.write(PLACE, [changing(one as Case, { state: 'closed', end: 'healed' })]);
        expect(await desk.caseDesk.order(anOrder(one as Case))).toBe('closed');
        expect(await desk.caseDesk.order({ ...anOrder(one as Case), caseId: 9_999n })).toBe('unknown');
        expect(await desk.audit.list(10, undefined)).toEqual([]);
      });

      test('to abandon a case when two persons have given it; meanwhile its repair stops', async () => {
        const [waiting, stuck] = await open(aNewCase('a'), aNewCase('b', { state: 'quarantined' }));
        const abandon = (one: Case | undefined, by: string) =>
          desk.caseDesk.order(anOrder(one as Case, { verb: 'abandon', by }));
        const openOf = async (one: Case | undefined) =>
          (await desk.cases.listOrders(PLACE, 10)).filter(({ caseId }) => caseId === one?.id).length;
        expect(await abandon(waiting, 'ann@here')).toBe('needs-second');
        expect(await openOf(waiting)).toBe(1);
        expect(await abandon(stuck, 'ann@here')).toBe('needs-second');
        expect(await openOf(stuck)).toBe(0);
        expect(await abandon(stuck, 'ann@elsewhere')).toBe('same-person');
        expect(await openOf(stuck)).toBe(0);
        expect(await abandon(stuck, 'bob@here')).toBe('given');
        expect(await openOf(stuck)).toBe(1);
        const { orders = [] } = (await desk.caseDesk.find(stuck?.id ?? 0n, 1)) ?? {};
        expect(orders).toMatchObject([{ by: 'ann@here', secondedBy: 'bob@here', needsSecond: false }]);
      });
    });

    test('gives the findings of sinks that have no case, whole, until they have one', async () => {
      const finding: Finding = {
        pipeline: PLACE.pipeline,
        topic: 'cdc.order',
        topicEpoch: 0,
        partition: PLACE.partition,
        offset: 42n,
        payloadIndex: -1,
        code: 'ERG_1002',
        stage: 'decode',
        message: 'expected JSON',
        table: undefined,
        rowKey: undefined,
        recordKey: null,
        recordValue: Buffer.alloc(600_000, 7),
      };
      const next = {
        ...finding,
        offset: 43n,
        table: 'orders',
        rowKey: 'k',
        recordKey: Buffer.from('x'),
        recordValue: null,
      };
      await desk.findings.store([finding, next, { ...finding, partition: 9 }]);
      expect(await desk.cases.listFindings(PLACE, 10)).toEqual([finding, next]);
      const opened = await desk.cases.write(PLACE, [
        { ...opening(aNewCase('a')), finding },
        { ...opening(aNewCase('a')), finding: next }, // not opened, so it has none
      ]);
      expect(opened[1]).toBeUndefined();
      expect(await desk.cases.listFindings(PLACE, 10)).toEqual([next]);
      expect(await desk.cases.findFinding(finding)).toEqual(finding);
      expect(await desk.cases.findFinding({ ...finding, offset: 44n })).toBeUndefined();
    });

    test('closes incidents, once, by name', async () => {
      const id = await desk.cases.openIncident(PLACE, { kind: 'storm', subject: 'orders', reason: 'many' });
      expect(await desk.caseDesk.closeIncident(id, { by: 'ann@here', reason: 'mended' })).toBe(true);
      expect(await desk.caseDesk.closeIncident(id, { by: 'bob@here', reason: 'too' })).toBe(false);
      const open = await desk.cases.openIncident(PLACE, { kind: 'outage', subject: 's0', reason: 'away' });
      expect(await desk.caseDesk.listIncidents([PLACE.pipeline], 10)).toMatchObject([
        { id: open, closedMs: null, closedBy: null },
        { id, closedBy: 'ann@here' },
      ]);
    });
  });
}
