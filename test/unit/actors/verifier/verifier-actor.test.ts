/** The verifier beside a real sink, all in memory; time is virtual. */
import { describe, expect, test } from 'vitest';
import { until } from '../../../support/kafka-rig.ts';
import { passTurns } from '../../../support/memory-shard.ts';
import { deleted, inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import { openScene, order, SCENE_DEADLINE_MS, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';

describe('rows that are right', () => {
  test('are equal, superseded or gone, and the source is left alone', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.commit(updated(order(1, 'a'), order(1, 'A')));
    rig.commit(deleted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    expect(rig.detail).toMatchObject({
      verifiedOffset: '3',
      sinkOffset: '3',
      lagSeconds: 0,
      suspects: 0,
      counts: { records: 3, due: 4, equal: 2, superseded: 2, mismatches: 0, unchecked: 0, sourceReads: 0 },
    });
  });
});

describe('rows that are gone when their first change is looked at', () => {
  async function verifyGone(rows: number) {
    const rig = await openScene({ verification: { rowsPerRead: 10, concurrency: 1 } });
    const gone: number[] = [];
    for (let id = 1; id <= rows; id += 1) {
      rig.commit(inserted(order(id, 'a')));
      if (id % 10 === 0) {
        gone.push(id);
      }
    }
    for (const id of gone) {
      rig.commit(deleted(order(id, 'a')));
    }
    rig.publish();
    await untilApplied(rig);
    let questions = 0;
    const { onRead } = rig.source;
    rig.source.onRead = (read) => {
      questions += 1;
      return onRead(read);
    };
    await rig.startVerifier();
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    const { due, equal, superseded, sourceReads } = rig.detail.counts;
    expect([due, equal + superseded]).toEqual([rows + gone.length, rows + gone.length]);
    await rig[Symbol.asyncDispose]();
    return { gone: gone.length, sourceReads, questions };
  }

  test('are left to their deletes when these are due as well', async () => {
    expect(await verifyGone(300)).toMatchObject({ sourceReads: 0, questions: 0 });
  });

  test('are asked for at the source together, not batch by batch, when their deletes are far away', async () => {
    const { gone, sourceReads, questions } = await verifyGone(1_500);
    expect(sourceReads).toBeGreaterThan(gone / 2);
    expect(questions).toBeLessThanOrEqual((2 * sourceReads) / 10 + 2);
  });
});

describe('rows that are wrong', () => {
  test('are reported, with what differs', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b')), inserted(order(3, 'c')));
    rig.commit(deleted(order(3, 'c')));
    rig.publish();
    await untilApplied(rig);
    const [shard] = rig.shards;
    const third = { cells: { id: '3', seller: '0', v: 'c' }, seq: 0n };
    shard?.rows.set('1', { cells: { id: '1', seller: '0', v: 'x' }, seq: 0n });
    shard?.rows.delete('2');
    shard?.rows.set('3', third);
    await rig.startVerifier();
    await untilVerified(rig);
    expect(rig.reports.map(({ row, kind, columns }) => [row.rowKey, kind, columns])).toEqual([
      ['6:orders/1n1', 'different', ['v']],
      ['6:orders/1n2', 'missing', []],
      ['6:orders/1n3', 'extra', []],
    ]);
    expect(rig.reports[0]).toMatchObject({
      row: { table: 'orders', shard: 's0', targetKey: [['id', '1']], sourceKey: [['id', '1']] },
      evidence: { topicEpoch: 0, partition: 0, offset: '1', commitTimeMs: 1_767_225_600_001 },
      foundBy: 'verifier',
    });
    expect(rig.detail.counts).toMatchObject({ due: 4, superseded: 1, mismatches: 3 });
    expect(rig.reported).toEqual(new Set([anId(0, '1'), anId(0, '2'), anId(0, '3')]));
  });
});

describe('what is late', () => {
  test('a sink that stands still for longer than the delay makes nobody a suspect, and holds no more than the limit', async () => {
    await using rig = await openScene({ settings: { maxQueuedBytes: 65_536 } });
    await rig.stopSink();
    await rig.startVerifier();
    for (let id = 1; id <= 3_000; id += 1) {
      rig.commit(inserted(order(id, 'a')));
    }
    rig.partition.maxFetchRecords = 50;
    rig.publish();
    await until('half an hour has passed', () => rig.clock.monotonicMs() > 30 * 60_000, SCENE_DEADLINE_MS);
    expect(rig.detail).toMatchObject({ verifiedOffset: '0', counts: { records: 0, due: 0 }, suspects: 0 });
    expect(rig.detail.lagSeconds).toBeGreaterThan(29 * 60);
    expect(rig.delivered).toBeLessThan(1_000);
    await rig.startSink();
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    expect(rig.detail.counts).toMatchObject({ due: 3_000, equal: 3_000, sourceReads: 0 });
  });

  test('records wait until they are old enough', async () => {
    await using rig = await openScene({ verification: { delay: '10m' } });
    await rig.startVerifier();
    rig.commit(inserted(order(1, 'a')));
    const sentMs = rig.clock.monotonicMs();
    rig.publish();
    await untilApplied(rig);
    await untilVerified(rig);
    expect(rig.clock.monotonicMs() - sentMs).toBeGreaterThanOrEqual(10 * 60_000);
  });

  test('a row whose change is not captured yet is no mismatch', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    rig.commit(deleted(order(1, 'a')));
    rig.commit(inserted(order(1, 'b')));
    const [shard] = rig.shards;
    shard?.rows.delete('1'); // as if the delete were through already
    await rig.startVerifier();
    await until('it is a suspect', () => rig.detail.suspects === 1, SCENE_DEADLINE_MS);
    const sinceMs = rig.clock.monotonicMs();
    await until('nobody was accused for long', () => rig.clock.monotonicMs() > sinceMs + 600_000, SCENE_DEADLINE_MS);
    expect(rig.reports).toEqual([]);
    expect(rig.status).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_4006') });
    rig.publish();
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
  });
});

describe('hot rows', () => {
  test('cost no accusation, and hardly a look at the source', async () => {
    await using rig = await openScene({ verification: { rowsPerRead: 500 } });
    await rig.startVerifier();
    const rows = Array.from({ length: 10 }, (_, index) => order(index + 1, 'v0'));
    rig.commit(...rows.map((one) => inserted(one)));
    for (let change = 1; change <= 2_000; change += 1) {
      const id = (change % 10) + 1;
      rig.commit(updated(order(id, `v${change - 10}`), order(id, `v${change}`)));
      rig.publish();
      if (change % 20 === 0) {
        await passTurns(2);
      }
    }
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    const { due, equal, superseded, sourceReads } = rig.detail.counts;
    expect([due, equal + superseded]).toEqual([2_010, 2_010]);
    expect(sourceReads).toBeLessThanOrEqual(20);
  });
});
