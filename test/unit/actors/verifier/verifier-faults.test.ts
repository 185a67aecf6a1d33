/** The verifier while something that it needs is away, and where it starts; in memory, in virtual time. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { buildLuck } from '../../../support/build-luck.ts';
import { until } from '../../../support/kafka-rig.ts';
import { type MemoryShard, passTurns, type StoredRow } from '../../../support/memory-shard.ts';
import { deleted, inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import { VerifierRig } from '../../../support/verifier-rig.ts';
import { openScene, order, SCENE_DEADLINE_MS, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('a shard that cannot be read', () => {
  const refusal = new ReplicationError('ERG_3011', 'the breaker of s1 is open');

  test('makes an unverified range, which is verified when it can be read again; the others go on', async () => {
    let isOpen = false;
    await using rig = await openScene({
      gateOf: (shard) => ({ refusal: shard === 's1' && isOpen ? refusal : undefined }),
    });
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)), inserted(order(3, 'c', 1)));
    rig.commit(updated(order(2, 'b', 1), order(2, 'B', 1)));
    rig.publish();
    await untilApplied(rig);
    rig.shards[1]?.rows.delete('3');
    await rig.startVerifier();
    isOpen = true;
    await rig.partition.untilCommitted(2n);
    expect(rig.detail).toMatchObject({
      verifiedOffset: '2',
      counts: { due: 4, equal: 1, superseded: 1, unchecked: 2 },
      unverified: [{ shard: 's1', table: 'orders', fromOffset: '0', toOffset: '1', reason: refusal.message }],
    });
    isOpen = false;
    await untilVerified(rig);
    expect(rig.reported).toEqual(new Set([anId(1, '3')]));
    expect(rig.detail).toMatchObject({ counts: { equal: 2, mismatches: 1, unchecked: 0 }, unverified: [] });
    const { due, equal, superseded, mismatches } = rig.detail.counts;
    expect((equal + superseded + mismatches) / due).toBe(1); // the coverage that people see
  });

  test('is told from a breaker only when the settings say so: then each row is a case at once, and says why', async () => {
    let isOpen = false;
    await using rig = await openScene({
      verification: { whenOpen: 'dead-letter' },
      gateOf: (shard) => ({ refusal: shard === 's1' && isOpen ? refusal : undefined }),
    });
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)), inserted(order(3, 'c', 1)));
    rig.commit(deleted(order(3, 'c', 1)));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    isOpen = true;
    await untilVerified(rig);
    expect(rig.reports.map(({ row, kind, sourceDigest }) => [row.shard, row.rowKey, kind, sourceDigest])).toEqual([
      ['s1', '6:orders/1n2', 'different', null],
      ['s1', '6:orders/1n3', 'extra', null],
    ]);
    for (const { reason } of rig.reports) {
      expect(reason).toBe(`ERG_4010: circuitOpened, nobody has looked at the row: ${refusal.message}`);
    }
    expect(rig.detail.counts).toMatchObject({ due: 4, equal: 1, superseded: 1, unchecked: 2, mismatches: 0 });
    expect(rig.detail.unverified).toEqual([]);
  });

  test('while its breaker is closed makes a range whatever the settings say, and no case', async () => {
    await using rig = await openScene({ verification: { whenOpen: 'dead-letter' } });
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await untilVerified(rig);
    const [, away] = rig.shards;
    rig.commit(updated(order(2, 'b', 1), order(2, 'B', 1)));
    rig.publish();
    await untilApplied(rig);
    (away as MemoryShard).isAway = true;
    await until('it is noted', () => rig.detail.unverified.length === 1, SCENE_DEADLINE_MS);
    expect(rig.detail.unverified).toMatchObject([{ shard: 's1', reason: expect.stringContaining('ERG_3001') }]);
    (away as MemoryShard).isAway = false;
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    expect(rig.detail.counts).toMatchObject({ due: 3, equal: 3, unchecked: 0 });
  });

  test('that was away from the start holds up nobody else', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    const [, away] = rig.shards;
    (away as MemoryShard).isAway = true;
    await rig.startVerifier();
    await rig.partition.untilCommitted(1n);
    expect(rig.detail.unverified).toMatchObject([{ shard: 's1', reason: expect.stringContaining('ERG_3402') }]);
    (away as MemoryShard).isAway = false;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 2, equal: 2, unchecked: 0 });
  });

  test('is not asked for its tables at the start while its breaker is open', async () => {
    let isOpen = false;
    const ordered = Promise.withResolvers<void>();
    await using rig = await openScene({
      gateOf: (shard) => ({ refusal: shard === 's1' && isOpen ? refusal : undefined, known: ordered.promise }),
    });
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    await rig.stopSink(); // it reads them too
    const [, away] = rig.shards as [MemoryShard, MemoryShard]; // there are two
    let asked = 0;
    const { readTables } = away;
    away.readTables = () => {
      asked += 1;
      return readTables.call(away);
    };
    const starting = rig.startVerifier();
    isOpen = true; // a person has ordered so, which is heard in a moment
    ordered.resolve();
    await starting;
    await rig.partition.untilCommitted(1n);
    expect(rig.detail.unverified).toMatchObject([{ shard: 's1', table: 'orders', reason: refusal.message }]);
    expect(asked).toBe(0);
    isOpen = false;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 2, equal: 2, unchecked: 0 });
  });

  test('is told to its breaker when it shows no tables at the start', async () => {
    const told: string[] = [];
    await using rig = await openScene({
      gateOf: (shard) => ({
        sawSilence: () => told.push(`${shard} is silent`),
        sawFailure: ({ code }) => told.push(`${shard} ${code}`),
      }),
    });
    const [, away] = rig.shards as [MemoryShard, MemoryShard]; // there are two
    const answer = Promise.withResolvers<never>();
    away.readTables = () => answer.promise;
    const starting = rig.startVerifier();
    await until('it is told', () => told.length > 0, SCENE_DEADLINE_MS);
    answer.reject(new ReplicationError('ERG_3001', 'nobody answers'));
    await starting;
    expect(told).toEqual(['s1 is silent', 's1 ERG_3001']);
  });

  test('is left out by its sink: a row that moves there is not missing, nor extra where it was', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    const [, away] = rig.shards;
    (away as MemoryShard).isAway = true;
    rig.commit(updated(order(1, 'a'), order(1, 'b', 1)));
    rig.commit(inserted(order(2, 'b')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await rig.partition.untilCommitted(3n);
    expect(rig.detail.unverified).toMatchObject([
      { shard: 's1', reason: expect.stringContaining('ERG_') },
      { shard: 's0', reason: expect.stringContaining('ERG_4003') },
    ]);
    (away as MemoryShard).isAway = false;
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
  });
});

describe('nothing is lost', () => {
  test('while recovery is away: no offset passes the wrong row, and it is told once it is back', async () => {
    await using rig = await openScene();
    rig.recovery.isUp = false;
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    rig.shards[0]?.rows.clear();
    await rig.startVerifier();
    await until('it says so', () => rig.status?.reason?.includes('ERG_4005') === true, SCENE_DEADLINE_MS);
    await rig.stopVerifier();
    expect(rig.partition.committed?.offset).toBe(0n);
    await rig.startVerifier();
    rig.recovery.isUp = true;
    await untilVerified(rig);
    expect(rig.reported).toEqual(new Set([anId(0, '1')]));
  });

  test('while the state database is away: no offset passes what is not noted', async () => {
    const refusal = new ReplicationError('ERG_3011', 'open');
    let isOpen = false;
    await using rig = await openScene({ gateOf: () => ({ refusal: isOpen ? refusal : undefined }) });
    await rig.startVerifier();
    isOpen = true;
    rig.store.onCall = async () => {
      throw new ReplicationError('ERG_5001', 'away');
    };
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await until('it says so', () => rig.status?.reason?.includes('ERG_5001') === true, SCENE_DEADLINE_MS);
    expect(rig.detail).toMatchObject({ verifiedOffset: '0', counts: { due: 1, unchecked: 1 } });
    expect(rig.partition.committed?.offset).toBe(0n);
    rig.store.onCall = async () => {};
    await rig.partition.untilCommitted(1n);
    expect(rig.store.ranges.size).toBe(1);
  });

  test('a drained verifier has committed all that it had taken, a suspect too', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    rig.commit(inserted(order(2, 'b'))); // as long as it is not published, nothing is proved
    const known = rig.shards[0]?.rows.get('1') as StoredRow;
    rig.shards[0]?.rows.delete('1');
    await rig.startVerifier();
    await until('it is a suspect', () => rig.detail.suspects === 1, SCENE_DEADLINE_MS);
    const sinceMs = rig.clock.monotonicMs();
    const drained = rig.drainVerifier(60_000);
    rig.shards[0]?.rows.set('1', known);
    rig.publish();
    await drained;
    expect(rig.clock.monotonicMs() - sinceMs).toBeLessThan(10_000);
    expect(rig.partition.committed?.offset).toBe(1n);
    expect(rig.reports).toEqual([]);
    expect(rig.ends).toEqual([undefined]);
  });

  test('also what has not filled a batch yet, while more is there', async () => {
    await using rig = await openScene({ verification: { rowsPerRead: 500 } });
    for (let id = 1; id <= 1_000; id += 1) {
      rig.commit(inserted(order(id, 'a')));
    }
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    while (rig.detail.counts.records === 0) {
      await passTurns(1);
    }
    const taken = rig.detail.counts.records;
    expect(taken).toBeLessThan(500);
    const sinceMs = rig.clock.monotonicMs();
    await rig.drainVerifier(60_000);
    expect(rig.clock.monotonicMs() - sinceMs).toBeLessThan(60_000);
    expect(rig.partition.committed?.offset).toBe(BigInt(taken));
  });
});

describe('the start', () => {
  test('where its sink is: what lies before is told as unverified, and stays so', async () => {
    const source = { database: 'order', topic: 'cdc.order', startFrom: 'latest' };
    await using rig = await openScene({ settings: { source } });
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    expect(rig.partition.committed?.offset).toBe(1n);
    rig.commit(inserted(order(2, 'b')));
    rig.publish();
    await rig.partition.untilCommitted(2n);
    expect(rig.detail).toMatchObject({
      counts: { due: 1, equal: 1 },
      unverified: [{ shard: '*', fromOffset: '0', toOffset: '0', reason: expect.stringContaining('ERG_4002') }],
    });
  });

  test('an offset that the topic does not have any more begins anew', async () => {
    await using rig = await openScene();
    rig.partition.committed = { offset: 900n, metadata: '' };
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await until('all is looked at', () => rig.detail.verifiedOffset === '1', SCENE_DEADLINE_MS);
    expect(rig.detail.counts).toMatchObject({ due: 1, equal: 1 });
    await until('it is committed', () => rig.partition.committed?.offset === 1n, SCENE_DEADLINE_MS);
  });

  test('without verification in the settings there is none', async () => {
    const rig = new VerifierRig({
      random: buildLuck(1),
      clock: new VirtualClock(),
      settings: { verification: undefined },
    });
    await expect(rig.startVerifier()).rejects.toThrow('ERG_6011');
  });

  test('a stop is legal before it, and ends a wait for what is away', async () => {
    await using rig = await openScene();
    for (const shard of rig.shards) {
      shard.isAway = true;
    }
    await rig.startVerifier();
    expect(rig.status).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_3001') });
    await rig.stopVerifier();
    expect(rig.status?.state).toBe('stopped');
  });
});
