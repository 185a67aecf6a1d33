/** Sweeps that are broken off, ordered, due, and told of. */
import { describe, expect, test } from 'vitest';
import { anOrder, aRig, detailOf, orderSweep, sweepOnce, until, untilEnded } from '../../../support/run-sweep.ts';

describe('a sweep that is broken off', () => {
  test('goes on at the last chunk, and no chunk before is read again', async () => {
    const rig = aRig({}, 95);
    rig.putAt(1, 'orders', anOrder(7));
    const run = await orderSweep(rig);
    while ((await rig.store.find(run))?.endedMs === null) {
      const saves = rig.store.saved.length;
      const actor = rig.openSweeper();
      await actor.start();
      await until(async () => rig.store.saved.length > saves || (await rig.store.find(run))?.endedMs !== null);
      await actor.stop();
    }
    const ended = await rig.store.find(run);
    expect(ended).toMatchObject({ state: 'done', tables: [{ rows: 95, mismatches: 1 }] });
    // Whether the source is empty is asked for one row.
    const chunks = rig.source.reads.filter(({ what, rows }) => what === 'range' && rows > 1).length;
    expect(chunks).toBeLessThanOrEqual(2 * (ended?.tables[0]?.chunks ?? 0));
    expect(rig.found).toEqual(['orders seller1 7 extra']);
  });

  test('starts its table anew when the key of the table is another one', async () => {
    const rig = aRig({}, 30);
    const run = await orderSweep(rig);
    await rig.store.next('order-seller', 1);
    const place = JSON.stringify({ v: 1, of: 'both', shard: null, key: ['other'], after: ['40'] });
    const totals = { rows: 20, targetRows: 20, chunks: 2, suspects: 0, mismatches: 0, unjudged: 0 };
    await rig.store.saveTable(run, 1, {
      ...totals,
      table: 'orders',
      place,
      reason: null,
      isEnded: false,
      endedMs: null,
    });
    const actor = rig.openSweeper();
    await actor.start();
    await untilEnded(rig, run);
    await actor.stop();
    expect((await rig.store.find(run))?.tables).toMatchObject([{ rows: 30 }]);
  });

  test('ends when a person stops it', async () => {
    const rig = aRig({ everyMs: undefined, rowsPerSecond: 10 }, 95);
    const run = await orderSweep(rig);
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => rig.store.saved.length > 0);
    await rig.store.stop(run);
    await until(() => detailOf(actor).table === undefined);
    expect(await rig.store.find(run)).toMatchObject({ state: 'stopped' });
    expect(actor.status().state).toBe('running');
    await actor.stop();
  });
});

describe('what is due, and what was ordered', () => {
  test('an order that another version wrote fails, and holds nothing up', async () => {
    const rig = aRig();
    const odd = await orderSweep(rig);
    rig.store.spoilScope(odd);
    const next = await sweepOnce(rig);
    expect(await rig.store.find(odd)).toMatchObject({ state: 'failed', reason: expect.stringContaining('ERG_4103') });
    expect(next).toMatchObject({ state: 'done', tables: [{ rows: 35 }] });
  });

  test('an order goes before a scheduled sweep, which is gone on with afterwards', async () => {
    const rig = aRig({ everyMs: 86_400_000, rowsPerSecond: 10 }, 95);
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => rig.store.saved.some(({ table, chunks }) => table === 'orders' && chunks > 0));
    const ordered = await orderSweep(rig, { tables: ['offers'] });
    await untilEnded(rig, ordered);
    const [, scheduled] = await rig.store.list('order-seller', 2);
    expect(scheduled).toMatchObject({ origin: 'schedule', state: 'running' });
    await untilEnded(rig, scheduled?.id ?? 0);
    const done = await rig.store.find(scheduled?.id ?? 0);
    expect(done?.tables.find(({ table }) => table === 'orders')).toMatchObject({ rows: 95 });
    await actor.stop();
  });

  test('sweeps come again after their time, and the status tells the newest and the newest clean one', async () => {
    const rig = aRig({ everyMs: 3_600_000 });
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => detailOf(actor).tables.some(({ epoch }) => epoch === 1) && detailOf(actor).table === undefined);
    rig.putAt(1, 'orders', anOrder(7));
    await until(() => detailOf(actor).tables.some(({ table, epoch }) => table === 'orders' && epoch === 2));
    const orders = detailOf(actor).tables.find(({ table }) => table === 'orders');
    expect(orders).toMatchObject({ epoch: 2, rows: 35, mismatches: 1, cleanEpoch: 1 });
    await actor.stop();
  });

  test('no more rows a second are read than allowed', async () => {
    const rig = aRig({ rowsPerSecond: 20 }, 95);
    const startedMs = rig.clock.monotonicMs();
    await sweepOnce(rig);
    // A second's worth of rows is free at the start, and the last chunk is not waited for.
    expect(rig.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(((95 - 20 - 10) / 20) * 1_000);
  });
});
