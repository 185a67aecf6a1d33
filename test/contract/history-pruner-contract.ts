import { describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { RunItem } from '../../actors/state/run-store.ts';
import { aNewCase, changing, opening, PLACE } from '../support/build-new-case.ts';

const DAY_MS = 86_400_000;
const ANN = { by: 'ann@here', reason: 'INC-1', mayDelete: false };

/** @param query of the state database, as anybody could ask it */
export function describeHistoryPruner(
  emptied: () => Promise<StateDatabase>,
  query: (sql: string) => Promise<unknown>,
): void {
  describe('what is over', () => {
    const count = async (table: string): Promise<number> => {
      const [rows] = (await query(`SELECT COUNT(*) AS found FROM ergate_${table}`)) as [{ found: number }[]];
      return Number(rows[0]?.found);
    };
    const counts = async (): Promise<number[]> =>
      Promise.all(
        ['case', 'case_history', 'case_event', 'case_order', 'run', 'run_item', 'incident', 'audit'].map(count),
      );
    const agePast = (table: string, column: string, where: string) =>
      query(`UPDATE ergate_${table} SET ${column} = ${column} - ${91 * DAY_MS} WHERE ${where}`);

    async function openCases(state: StateDatabase, ...keys: string[]): Promise<readonly Case[]> {
      await state.cases.takePlace(PLACE);
      const written = await state.cases.write(
        PLACE,
        keys.map((key) => opening(aNewCase(key))),
      );
      return written.filter((one) => one !== undefined);
    }

    async function close(state: StateDatabase, ...cases: readonly Case[]): Promise<void> {
      await state.cases.write(
        PLACE,
        cases.map((one) => changing(one, { state: 'closed', end: 'healed', dueMs: null })),
      );
    }

    test('for longer than it is kept goes, with its history and its orders, some at a time; the audit stays', async () => {
      const state = await emptied();
      const cases = await openCases(state, 'a', 'b', 'c', 'd', 'e');
      const order = { verb: 'recheck', reason: 'x', by: 'ann@here', untilMs: null } as const;
      for (const { id: caseId } of cases) {
        await state.caseDesk.order({ ...order, caseId });
      }
      await close(state, ...cases.slice(0, 4));
      await agePast('case_history', 'closed_ms', `row_key IN ('a', 'b', 'c')`);
      expect(await counts()).toEqual([1, 4, 9, 5, 0, 0, 0, 5]);
      expect(await state.history.prune(90 * DAY_MS, 2)).toEqual({ cases: 2, runs: 0 });
      expect(await state.history.prune(90 * DAY_MS, 2)).toEqual({ cases: 1, runs: 0 });
      expect(await state.history.prune(90 * DAY_MS, 2)).toEqual({ cases: 0, runs: 0 });
      expect(await counts()).toEqual([1, 1, 3, 2, 0, 0, 0, 5]);
      expect(await state.audit.verify()).toMatchObject({ problem: undefined });
      const page = { order: 'newest', limit: 10, behindId: undefined } as const;
      const left = await state.caseDesk.list({ pipelines: [PLACE.pipeline], state: 'closed' }, page);
      expect(left.map(({ row }) => row.rowKey)).toEqual(['d']);
    });

    test('of runs goes with their rows, and not while a case of them is open', async () => {
      const state = await emptied();
      await state.cases.takePlace(PLACE);
      const anItem = (key: string): RunItem => ({
        partition: PLACE.partition,
        row: aNewCase(key).row,
        caseId: null,
        action: 'update',
      });
      const plan = (...keys: string[]) =>
        state.runs.addPlan({ pipeline: PLACE.pipeline, selection: '', by: 'a', lookedAt: 1, items: keys.map(anItem) });
      const [planned, stopped, running, young] = [
        await plan('a', 'b'),
        await plan('c'),
        await plan('d'),
        await plan('e'),
      ];
      for (const { id } of [stopped, running]) {
        await state.runs.start(id, ANN);
        await state.runs.placeItems(id, 10);
      }
      await state.runs.move(stopped.id, 'stopped', ANN);
      await query('UPDATE ergate_case SET run_id = NULL WHERE row_key = "c"');
      await agePast('run', 'valid_until_ms', `id <> ${young.id}`);
      await agePast('run', 'started_ms', 'started_ms IS NOT NULL');
      await agePast('run', 'ended_ms', 'ended_ms IS NOT NULL');
      expect(await state.history.prune(90 * DAY_MS, 10)).toEqual({ cases: 0, runs: 2 });
      const left = await state.runs.list([PLACE.pipeline], 10);
      expect(left.map(({ id }) => id)).toEqual([young.id, running.id]);
      expect(await count('run_item')).toBe(2);
      expect(await state.runs.find(planned.id)).toBeUndefined();
    });

    test('of incidents goes when they are closed', async () => {
      const state = await emptied();
      const insert = (subject: string, closed: string) =>
        query(`INSERT INTO ergate_incident (pipeline, kind, subject, reason, opened_ms, closed_ms, is_open)
          VALUES ('p', 'storm', '${subject}', '', 1, ${closed}, ${closed === 'NULL' ? 1 : 'NULL'})`);
      await insert('open', 'NULL');
      await insert('old', '2');
      await insert('young', 'UNIX_TIMESTAMP() * 1000');
      await state.history.prune(90 * DAY_MS, 10);
      expect(await count('incident')).toBe(2);
    });
  });
}
