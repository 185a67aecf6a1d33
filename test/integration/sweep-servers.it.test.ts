/**
 * What sweeps need of a server, on each flavour: their store in the state database, and a log whose end a capture at rest has
 * come to, since a sweep waits until the capture has passed it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { asSourceReadError } from '../../actors/source/source-errors.ts';
import { MysqlSweepStore } from '../../actors/state/mysql-sweep-store.ts';
import { SWEEP_MIGRATION } from '../../actors/state/sweep-migration.ts';
import type { SweepStore, TableProgress } from '../../actors/state/sweep-store.ts';
import { readLogEnd } from '../../actors/sweeper/mysql-log-end.ts';
import { comparePlaces } from '../../actors/sweeper/stream-progress.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, MemoryCheckpoints, openSchema, serverOf } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { MemorySweepStore } from '../support/memory-sweep-store.ts';

const DEADLINE_MS = 10_000;

/** What is logged last before everybody rests. */
const LAST = [
  ['a captured row', 'INSERT INTO orders VALUES (1, 1)'],
  ['a row of another table', 'INSERT INTO other VALUES (1)'],
  ['a definition', 'ALTER TABLE other ADD COLUMN v INT'],
  ['a new log file', 'FLUSH BINARY LOGS'],
] as const;

const PIPELINE = 'order-seller';
const anOrder = { pipeline: PIPELINE, origin: 'order', scope: {}, by: 'kim@desk' } as const;
const aTable: TableProgress = {
  table: 'orders',
  place: '{"v":1,"after":["낱말"]}',
  rows: 10,
  targetRows: 11,
  chunks: 1,
  suspects: 2,
  mismatches: 0,
  unjudged: 0,
  reason: null,
  isEnded: false,
  endedMs: null,
};

/** What every store of sweeps does. */
function describeStore(open: () => SweepStore): void {
  test('an order goes first, then what was begun, then what is older', async () => {
    const store = open();
    const scheduled = await store.order({ ...anOrder, origin: 'schedule' });
    expect(await store.next(PIPELINE, 1)).toMatchObject({ id: scheduled, state: 'running', tables: [] });
    const ordered = [await store.order(anOrder), await store.order(anOrder)] as const;
    expect([await store.hasOrders(PIPELINE), await store.hasOrders('other')]).toEqual([true, false]);
    for (const id of [...ordered, scheduled]) {
      expect(await store.next(PIPELINE, 1)).toMatchObject({ id });
      await store.end(id, 1, { state: 'done', reason: null });
    }
    expect([await store.next(PIPELINE, 1), await store.next('other', 1)]).toEqual([undefined, undefined]);
    expect((await store.list(PIPELINE, 2)).map(({ id }) => id)).toEqual([ordered[1], ordered[0]]);
  });

  test('what was saved is found again, with its scope and place', async () => {
    const store = open();
    const scope = { tables: ['orders'], keys: { from: ['낱말', '1'] }, sinceMs: 17 };
    const id = await store.order({ ...anOrder, scope });
    await store.next(PIPELINE, 1);
    await store.saveTable(id, 1, { ...aTable, chunks: 0 });
    await store.saveTable(id, 1, aTable);
    expect(await store.next(PIPELINE, 2)).toMatchObject({ scope, by: 'kim@desk', tables: [aTable] });
  });

  test('a sweeper of an older place, or of a sweep that was stopped, saves nothing', async () => {
    const store = open();
    const id = await store.order(anOrder);
    await store.next(PIPELINE, 5);
    const refused = { code: 'ERG_4104' };
    await expect(store.next(PIPELINE, 4)).rejects.toMatchObject(refused);
    await expect(store.saveTable(id, 4, aTable)).rejects.toMatchObject(refused);
    await expect(store.end(id, 4, { state: 'done', reason: null })).rejects.toMatchObject(refused);
    expect([await store.stop(id), await store.stop(id), await store.stop(999)]).toEqual([true, false, false]);
    await expect(store.saveTable(id, 5, aTable)).rejects.toMatchObject(refused);
    expect(await store.find(id)).toMatchObject({ state: 'stopped', tables: [], endedMs: expect.any(Number) });
  });

  test('tables are told with their newest whole sweep, and the newest clean one', async () => {
    const store = open();
    const sweeps = [
      [{}, aTable],
      [{}, { ...aTable, mismatches: 1 }],
      [{ sinceMs: 1 }, aTable],
      [{}, { ...aTable, reason: 'ERG_4101: no key' }],
    ] as const;
    const ids: number[] = [];
    for (const [scope, progress] of sweeps) {
      const id = await store.order({ ...anOrder, scope });
      ids.push(id);
      await store.next(PIPELINE, 1);
      await store.saveTable(id, 1, { ...progress, isEnded: true });
      await store.end(id, 1, { state: 'done', reason: null });
    }
    expect(await store.listSwept(PIPELINE)).toEqual([
      { table: 'orders', epoch: ids[1], endedMs: expect.any(Number), rows: 10, mismatches: 1, cleanEpoch: ids[0] },
    ]);
  });

  test('the age of the newest scheduled sweep runs from its start', async () => {
    const store = open();
    expect(await store.readScheduleAgeMs(PIPELINE)).toBeUndefined();
    await store.order(anOrder);
    expect(await store.readScheduleAgeMs(PIPELINE)).toBeUndefined();
    await store.order({ ...anOrder, origin: 'schedule' });
    const ageMs = await store.readScheduleAgeMs(PIPELINE);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(60_000);
  });
}

describe('in memory', () => describeStore(() => new MemorySweepStore(hastyClock)));

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'order', source: true });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  describe('the store of sweeps', () => {
    let pool: MysqlPool;

    beforeEach(async () => {
      await using db = await openSchema(server, 'sweep_state');
      for (const statement of [...SWEEP_MIGRATION, ...SWEEP_MIGRATION]) {
        await db.query(statement);
      }
      pool = new MysqlPool({
        server: serverOf({ server, schema: 'sweep_state' }),
        maxConnections: 1,
        openDeadlineMs: 5_000,
      });
      return () => pool.close();
    });

    describeStore(() => new MysqlSweepStore(pool));

    test.each(['{"rows":7}', 'no JSON'])(
      'a sweep whose scope another version wrote, %s, is shown, and has none',
      async (scope) => {
        const store = new MysqlSweepStore(pool);
        const [odd, next] = [await store.order(anOrder), await store.order(anOrder)];
        await pool.use((one) => one.query(`UPDATE ergate_sweep SET scope = '${scope}' WHERE id = ${odd}`, 5_000));
        expect(await store.next(PIPELINE, 1)).toMatchObject({ id: odd, scope: undefined });
        expect((await store.list(PIPELINE, 2)).map(({ id, scope }) => ({ id, scope }))).toEqual([
          { id: next, scope: anOrder.scope },
          { id: odd, scope: undefined },
        ]);
      },
    );
  });

  test('a capture comes to the end of the log, whatever is logged last', async () => {
    await using db = await openSchema(server, 'at_rest');
    await db.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, buyer_no BIGINT NOT NULL)');
    await db.query('CREATE TABLE other (id BIGINT PRIMARY KEY)');
    const checkpoints = new MemoryCheckpoints();
    const tables = { orders: { recordKey: ['buyer_no'] } };
    await using rig = buildRig({ server, schema: 'at_rest', serverId: 9_901, tables, checkpoints });
    await rig.actor.start();
    const pool = new MysqlPool({
      server: serverOf({ server, schema: 'at_rest' }),
      maxConnections: 1,
      openDeadlineMs: 5_000,
    });
    for (const [what, sql] of LAST) {
      await db.query(sql);
      const end = await readLogEnd(pool, asSourceReadError);
      const captured = () => ({
        file: checkpoints.saved?.binlogFile ?? '',
        position: checkpoints.saved?.binlogPosition ?? 0,
      });
      const startedMs = performance.now();
      while (!(comparePlaces(captured(), end) >= 0) && performance.now() - startedMs < DEADLINE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect({ what, captured: captured() }).toEqual({ what, captured: end });
    }
    pool.close();
  });
});
