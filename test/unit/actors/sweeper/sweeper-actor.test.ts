/** What a sweep compares, and what it waits for. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { anOrder, aRig, orderSweep, sweepOnce, until, untilEnded } from '../../../support/run-sweep.ts';
import { aColumn, aTable } from '../../../support/sink-builders.ts';
import { SweepRig } from '../../../support/sweep-rig.ts';

describe('where a table begins and ends', () => {
  test('rows before the first and behind the last one of the source are found', async () => {
    const rig = aRig();
    for (const id of [-5, 7, 1_000_000]) {
      rig.putAt(1, 'orders', anOrder(id));
    }
    await sweepOnce(rig);
    expect(rig.found).toEqual(['orders seller1 -5 extra', 'orders seller1 1000000 extra', 'orders seller1 7 extra']);
  });

  test('an empty source does not hide what is at the target, whatever its size', async () => {
    const rig = aRig({}, 0);
    for (let id = 1; id <= 95; id += 1) {
      rig.putAt(id % 2, 'orders', anOrder(id));
    }
    const run = await sweepOnce(rig);
    expect(rig.found).toHaveLength(95);
    expect(run?.tables).toMatchObject([{ rows: 0, targetRows: 95, mismatches: 95, isEnded: true }]);
  });

  test('an empty target has none of the rows', async () => {
    const rig = new SweepRig();
    for (let id = 1; id <= 25; id += 1) {
      rig.source.put('orders', anOrder(id, { s: String(id % 2) }));
    }
    await sweepOnce(rig);
    expect(rig.found).toHaveLength(25);
    expect(rig.found).toEqual(rig.listWrong(['orders']));
  });

  test('two empty sides are compared too', async () => {
    const run = await sweepOnce(new SweepRig());
    expect(run).toMatchObject({ state: 'done', reason: null, tables: [{ rows: 0, mismatches: 0, isEnded: true }] });
  });
});

describe('a key range', () => {
  test('holds both its ends, and nothing beyond them', async () => {
    const rig = aRig();
    for (const id of [18, 20, 22, 24, 26]) {
      rig.putAt(0, 'orders', anOrder(id, { a: '9' }));
    }
    await sweepOnce(rig, { tables: ['orders'], keys: { from: ['20'], to: ['24'] } });
    expect(rig.found).toEqual([
      'orders seller0 20 different',
      'orders seller0 22 different',
      'orders seller0 24 different',
    ]);
  });

  test('that does not fit the key fails, and says so', async () => {
    const run = await sweepOnce(aRig(), { tables: ['orders'], keys: { from: ['1', '2'] } });
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('ERG_4103') });
  });

  test('of a table that the pipeline does not have fails', async () => {
    const run = await sweepOnce(aRig(), { tables: ['other'] });
    expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('no table other') });
  });
});

describe('what is away is waited for, and is never a wrong row', () => {
  const away = new ReplicationError('ERG_3001', 'nobody answers');

  test.each(['source', 'shard', 'state'] as const)('%s', async (what) => {
    const rig = aRig();
    rig.putAt(1, 'orders', anOrder(7));
    const side = what === 'source' ? rig.source : what === 'shard' ? rig.shards[1] : rig.store;
    const run = await orderSweep(rig);
    if (side !== undefined) {
      side.failure = away;
    }
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => actor.status().state === 'waiting');
    expect(actor.status().reason).toContain('ERG_3001');
    expect(rig.found).toEqual([]);
    if (side !== undefined) {
      side.failure = undefined;
    }
    await untilEnded(rig, run);
    expect(rig.found).toEqual(['orders seller1 7 extra']);
    await actor.stop();
  });

  test('a recovery actor that does not answer holds the end of the sweep, not the finding', async () => {
    const rig = aRig();
    rig.putAt(1, 'orders', anOrder(7));
    rig.isRecoveryAway = true;
    const run = await orderSweep(rig);
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => actor.status().reason?.includes('ERG_4105') === true);
    expect((await rig.store.find(run))?.endedMs).toBeNull();
    rig.isRecoveryAway = false;
    await untilEnded(rig, run);
    expect(rig.found).toEqual(['orders seller1 7 extra']);
    await actor.stop();
  });

  test('a row whose change is on its way is not wrong: the capture is behind, then the sink, then nobody', async () => {
    const rig = aRig();
    rig.change('orders', rig.source.find('orders', { id: '8' }), anOrder(8, { a: '5' }));
    const run = await orderSweep(rig);
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => actor.status().reason?.includes('the capture is at') === true);
    rig.captureOne();
    await until(() => actor.status().reason?.includes('the sinks of partitions') === true);
    rig.settle();
    await untilEnded(rig, run);
    expect([rig.found, (await rig.store.find(run))?.tables[0]?.suspects]).toEqual([[], 1]);
    await actor.stop();
  });

  test('rows of a shard that the sink leaves out are not wrong until it has caught up', async () => {
    const rig = aRig();
    rig.source.put('orders', anOrder(9));
    rig.source.put('orders', anOrder(11, { s: '1' }));
    for (const partition of [0, 1, 2]) {
      rig.leftOut.set(partition, { shard: 'seller0', table: 'orders' });
    }
    const run = await orderSweep(rig);
    const actor = rig.openSweeper();
    await actor.start();
    await until(() => rig.found.length > 0 && actor.status().reason?.includes('leave out') === true);
    expect(rig.found).toEqual(['orders seller1 11 missing']);
    rig.putAt(0, 'orders', anOrder(9));
    rig.leftOut.clear();
    await untilEnded(rig, run);
    expect(rig.found).toEqual(['orders seller1 11 missing']);
    await actor.stop();
  });

  test('where another program writes the stream, rows get the delay to become right', async () => {
    const rig = aRig({ isOurStream: false, delayMs: 120_000 });
    rig.source.put('orders', anOrder(9));
    rig.source.put('orders', anOrder(11));
    const startedMs = rig.clock.monotonicMs();
    rig.onStep = () => {
      if (rig.clock.monotonicMs() - startedMs > 60_000) {
        rig.putAt(0, 'orders', anOrder(9));
      }
    };
    await sweepOnce(rig);
    expect(rig.found).toEqual(['orders seller0 11 missing']);
    expect(rig.reported[0]?.mismatch.isOwnerUnknown).toBe(true);
    expect(rig.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(120_000);
  });
});

test('wrong rows with the longest keys that there are are told, as many at a time as a message holds', async () => {
  const rig = aRig({ chunkRows: 1_000 });
  const key = { kind: 'text', columnType: 'varchar(4096)', maxLength: 4_096, collation: 'utf8mb4_bin' } as const;
  const shape = aTable({ name: 'codes', columns: [aColumn('code', key), 'a'], primaryKey: ['code'] });
  for (const reader of [rig.source, ...rig.shards]) {
    reader.setTable(shape);
  }
  for (let index = 0; index < 400; index += 1) {
    rig.source.put('codes', { code: `${index}${'x'.repeat(4_000)}`, a: '0' }); // as long as 3 kB in base 64
  }
  const run = await orderSweep(rig, { tables: ['codes'] });
  rig.isRecoveryAway = true;
  const actor = rig.openSweeper();
  await actor.start();
  await until(() => rig.clock.monotonicMs() > 60_000);
  rig.isRecoveryAway = false;
  await untilEnded(rig, run);
  expect(rig.reported).toHaveLength(400);
  await actor.stop();
});

describe('tables', () => {
  test('one that is missing on a shard is passed over and never clean; the others are compared', async () => {
    const rig = aRig();
    rig.shards[1]?.dropTable('offers');
    const run = await sweepOnce(rig, { tables: ['offers', 'orders'] });
    expect(run?.tables).toMatchObject([
      { table: 'offers', isEnded: true, reason: expect.stringContaining('ERG_4101') },
      { table: 'orders', isEnded: true, reason: null, rows: 35 },
    ]);
    expect((await rig.store.listSwept('order-seller')).map(({ table }) => table)).toEqual(['orders']);
  });

  test('a row that only the target has is told with its key at the source, so that its case can end when the row is gone', async () => {
    const rig = new SweepRig();
    rig.putAt(1, 'accounts', { id: '99', mail: 'm99', a: '7' });
    await sweepOnce(rig, { tables: ['accounts'] });
    expect(rig.found).toEqual(['accounts seller1 m99 extra']);
    expect(rig.reported[0]?.mismatch.row.sourceKey).toEqual([['id', '99']]);
  });

  test('a row of a table whose target does not tell the key at the source is compared, and never clean', async () => {
    const rig = new SweepRig();
    for (let id = 1; id <= 25; id += 1) {
      rig.put('codes', { id: String(id), code: `c${id}`, a: '1' });
    }
    rig.putAt(1, 'codes', { code: 'c4', a: '7' });
    rig.shards[1]?.remove('codes', { code: 'c9' });
    const run = await sweepOnce(rig, { tables: ['codes'] });
    expect(rig.found).toEqual(['codes seller1 c4 different', 'codes seller1 c9 missing']);
    expect(run).toMatchObject({ state: 'done', tables: [{ rows: 25, reason: expect.stringContaining('ERG_4106') }] });
    expect(await rig.store.listSwept('order-seller')).toEqual([]);
  });
});
