/** With many open cases nothing reads more of them than it gives back: told by the server's count of rows read, not by time. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { CaseFilter } from '../../actors/state/case-desk.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { aNewCase, opening, PLACE } from '../support/build-new-case.ts';

/** ERGATE_CASES=1000000 for as many as are promised. */
const CASES = Number(process.env['ERGATE_CASES'] ?? 8_000);
const STATES = ['waiting', 'retryWait', 'repaired', 'quarantined'];
/** Some reads per case that is given, and per part of a list; far below the number of cases. */
const MAX_READS = 3_500;

type QueryFunc = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** @param query on a server that nobody else asks anything */
export function describeManyCases(openDesk: () => Promise<StateDatabase>, query: QueryFunc): void {
  describe(`${CASES} open cases`, () => {
    let desk: StateDatabase;
    let overhead: number;

    beforeAll(async () => {
      desk = await openDesk();
      await desk.cases.takePlace(PLACE);
      await desk.cases.write(PLACE, [opening(aNewCase('seed'))]);
      await multiplyCases(query);
      overhead = 0;
      overhead = Math.max(await readsOf(async () => {}), await readsOf(async () => {}));
    }, 600_000);

    async function readsOf(work: () => Promise<unknown>): Promise<number> {
      const before = await countReads(query);
      await work();
      return (await countReads(query)) - before - overhead;
    }

    const timed = (name: string, work: () => Promise<unknown>, maxReads = MAX_READS) =>
      test(name, async () => {
        const startedMs = performance.now();
        const reads = await readsOf(work);
        if (process.env['ERGATE_CASES'] !== undefined) {
          process.stdout.write(`${name}: ${reads} reads, ${Math.round(performance.now() - startedMs)} ms\n`);
        }
        expect(reads).toBeLessThan(maxReads);
      });

    describe.each<[string, Partial<CaseFilter>]>([
      ['all', {}],
      ['a table', { table: 'orders' }],
      ['a table with few', { table: 'items' }],
      ['a shard', { shard: 's0' }],
      ['a state', { state: 'quarantined' }],
      ['a kind that none has', { kind: 'extra' }],
      ['a state and a kind of a table', { table: 'orders', state: 'waiting', kind: 'missing' }],
      ['a run', { runId: 5n }],
      ['the last ones', { sinceMs: CASES - 100 }],
      ['nothing since', { sinceMs: CASES + 100 }],
    ])('a page of %s', (_, filter) => {
      const list = (order: 'newest' | 'oldest', behindId?: bigint) =>
        desk.caseDesk.list({ pipelines: [PLACE.pipeline], ...filter }, { order, limit: 50, behindId });
      timed('the newest', () => list('newest'));
      timed('the oldest', () => list('oldest'));
      timed('in the middle', () => list('newest', BigInt(CASES / 2)));
    });

    timed('what is due', () => desk.cases.listDue(PLACE, 100));
    timed('what somebody works on', () => desk.cases.listClaimed(PLACE, 0n, 100));
    timed('what is held, while another shard is away', () => desk.cases.listHeld(PLACE, ['s0'], 100));
    timed('orders of others than a paused run', () => desk.cases.listOrders(PLACE, 100));
    timed('rows by their keys', () =>
      desk.cases.findNewest(
        PLACE.pipeline,
        Array.from({ length: 100 }, (_, index) => ({ table: 'orders', shard: 's0', rowKey: `k${index}` })),
      ),
    );
    timed('new shapes', () => desk.cases.survey(PLACE.pipeline, CASES - 100));
    timed('rows that changes excuse', () => desk.cases.countExcused(PLACE.pipeline, 'orders', CASES - 100));
    timed(
      'what a storm has kept back, once for each storm',
      () => desk.cases.listStopped(PLACE, { table: 'orders', afterMs: 0, limit: 500 }),
      CASES + MAX_READS,
    );
    timed('counts by state, from the index alone', () => desk.cases.count(PLACE), CASES * 1.1 + MAX_READS);
    timed('a report of 500 rows', () =>
      desk.cases.write(
        PLACE,
        Array.from({ length: 500 }, (_, index) => opening(aNewCase(`r${index}`))),
      ),
    );
  });
}

/** Of all sessions; the statement that asks costs some too. */
async function countReads(query: QueryFunc): Promise<number> {
  const rows = await query("SHOW GLOBAL STATUS LIKE 'Handler_read%'");
  return rows.reduce((sum, row) => sum + Number(row['Value']), 0);
}

/** Copies of the first case: other keys and states, one in a thousand in a small table on another shard, half of them held. */
async function multiplyCases(query: QueryFunc): Promise<void> {
  const columns = (await query('SHOW COLUMNS FROM ergate_case')).map((row) => String(row['Field']));
  const words = STATES.map((state) => `'${state}'`).join();
  const fresh: Readonly<Record<string, string>> = {
    id: 'n + 1000',
    table_name: "IF(n % 1000 = 0, 'items', 'orders')",
    shard: "IF(n % 1000 = 0, 's1', 's0')",
    key_sha256: "UNHEX(SHA2(CONCAT('k', n), 256))",
    row_key: "CONCAT('k', n)",
    kind: "IF(n % 2 = 0, 'different', 'missing')",
    state: `IF(n % 4 = 1, 'held', ELT(1 + n % 4, ${words}))`,
    first_seen_ms: 'n',
    confirmed_ms: 'n',
    commit_ms: 'n',
    due_ms: 'IF(n % 3 = 0, NULL, n)',
    run_id: 'IF(n % 2 = 0, 5, NULL)',
  };
  const digits =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const thousand = `(SELECT a.d + 10 * b.d + 100 * c.d AS low FROM ${digits} AS a, ${digits} AS b, ${digits} AS c)`;
  for (let start = 0; start < CASES; start += 1_000) {
    await query(`INSERT INTO ergate_case (${columns.join()})
      SELECT ${columns.map((column) => fresh[column] ?? `seed.${column}`).join()}
      FROM (SELECT low + ${start} AS n FROM ${thousand} AS numbers) AS numbers, ergate_case AS seed WHERE seed.row_key = 'seed' AND seed.id < 1000`);
  }
  await query(`INSERT INTO ergate_run (id, pipeline, state, selection, looked_at, items, planned_by, planned_ms, valid_until_ms)
    VALUES (5, '${PLACE.pipeline}', 'paused', '', 0, 0, '', 0, 0)`);
  await query(`INSERT INTO ergate_case_order (case_id, pipeline, partition_no, verb, reason, ordered_by, ordered_ms, run_id)
    SELECT id, pipeline, partition_no, 'repair', '', '', 0, run_id FROM ergate_case WHERE run_id = 5`);
  await query("DELETE FROM ergate_case WHERE row_key = 'seed'"); // it was seen later than all others
  await query('ANALYZE TABLE ergate_case, ergate_case_order');
}
