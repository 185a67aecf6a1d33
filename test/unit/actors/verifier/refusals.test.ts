/** Changes that the verifier cannot route: those that the sink has stored, and those that nobody else looks after. */
import { describe, expect, test } from 'vitest';
import { until } from '../../../support/kafka-rig.ts';
import { ScriptedLookup } from '../../../support/routing-rig.ts';
import { aRecord, inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import type { VerifierRig } from '../../../support/verifier-rig.ts';
import { openScene, order, SCENE_DEADLINE_MS, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';

const TABLES = { orders: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'id' } } };

async function openLookupScene(lookup: ScriptedLookup): Promise<VerifierRig> {
  return openScene({ settings: { tables: TABLES }, openLookup: () => lookup });
}

/** Row 1 is on s0, row 2 on s1. */
function knowsBoth(): ScriptedLookup {
  const lookup = new ScriptedLookup();
  lookup.answers.set('1', ['0']).set('2', ['1']);
  return lookup;
}

describe('a change whose look-up row is gone', () => {
  test('when the sink had refused it too, is left to its finding', async () => {
    const lookup = knowsBoth();
    lookup.answers.delete('1');
    await using rig = await openLookupScene(lookup);
    rig.commit(inserted(order(1, 'a')));
    rig.commit(inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await untilVerified(rig);
    expect(rig.findings.stored).toMatchObject([{ code: 'ERG_2001', offset: 0n }]);
    expect(rig.detail).toMatchObject({ counts: { due: 2, equal: 1, unchecked: 1 }, unverified: [] });
  });

  test('after the sink has written it, stays unverified until the row is back', async () => {
    const lookup = knowsBoth();
    await using rig = await openLookupScene(lookup);
    rig.commit(inserted(order(1, 'a')));
    rig.commit(inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    rig.shards[0]?.rows.delete('1'); // nobody would ever look at it
    lookup.answers.delete('1');
    await rig.startVerifier();
    await rig.partition.untilCommitted(2n);
    expect(rig.findings.stored).toEqual([]);
    const reason = expect.stringMatching(/ERG_4008.*ERG_2001/);
    expect(rig.detail).toMatchObject({
      counts: { due: 2, equal: 1, unchecked: 1 },
      unverified: [{ shard: '*', table: 'orders', fromOffset: '0', toOffset: '0', reason }],
    });
    lookup.answers.set('1', ['0']);
    await untilVerified(rig);
    expect(rig.reported).toEqual(new Set([anId(0, '1')]));
    expect(rig.detail.counts).toMatchObject({ due: 2, equal: 1, mismatches: 1, unchecked: 0 });
  });

  test('and does not come back, is read no more after an hour, and told for ever', async () => {
    const lookup = knowsBoth();
    await using rig = await openLookupScene(lookup);
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    lookup.answers.delete('1');
    await rig.startVerifier();
    const ranges = () => [...rig.store.ranges.values()];
    // The range that it was is removed behind the one that takes its place.
    const isGivenUp = () => ranges().length === 1 && ranges().every(({ isReadable }) => !isReadable);
    await until('it is given up', isGivenUp, SCENE_DEADLINE_MS);
    expect(ranges()).toMatchObject([
      { from: 0, to: 0, isReadable: false, reason: expect.stringContaining('ERG_4008') },
    ]);
    expect(rig.clock.monotonicMs()).toBeGreaterThan(3_600_000);
    expect(rig.detail.counts).toMatchObject({ due: 1, unchecked: 1 });
  });

  test('holds the offset back as long as the state database cannot tell', async () => {
    const lookup = knowsBoth();
    lookup.answers.delete('1');
    await using rig = await openLookupScene(lookup);
    rig.findings.onList = () => Promise.reject(new Error('away'));
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    await until('it says so', () => rig.status?.reason?.includes('away') === true, SCENE_DEADLINE_MS);
    expect(rig.detail).toMatchObject({ verifiedOffset: '0', counts: { due: 1, unchecked: 0 } });
    rig.findings.onList = async () => {};
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 1, unchecked: 1 });
  });
});

test('a changed primary key whose look-up row is gone counts the delete of the old row once', async () => {
  const lookup = knowsBoth();
  lookup.answers.set('3', ['0']);
  await using rig = await openLookupScene(lookup);
  rig.commit(inserted(order(1, 'a')));
  rig.commit(updated(order(1, 'a'), order(3, 'b')));
  rig.publish();
  await untilApplied(rig);
  lookup.answers.delete('3');
  await rig.startVerifier();
  await rig.partition.untilCommitted(2n);
  // Wherever the old row may have been it is gone, which is seen on both shards.
  expect(rig.detail.counts).toMatchObject({ due: 4, equal: 3, unchecked: 1 });
  lookup.answers.set('3', ['0']);
  await untilVerified(rig);
  expect(rig.detail.counts).toMatchObject({ due: 4, equal: 4, unchecked: 0 });
});

test('a record that only the verifier cannot decode is no pass', async () => {
  await using rig = await openScene();
  rig.sinkPartition.append(aRecord('k', 1, inserted(order(1, 'a'))));
  rig.partition.append({ key: 'k', value: '{' });
  await untilApplied(rig);
  await rig.startVerifier();
  await rig.partition.untilCommitted(1n);
  const reason = expect.stringMatching(/ERG_4008.*ERG_1\d\d\d/);
  expect(rig.detail).toMatchObject({ unverified: [{ shard: '*', fromOffset: '0', toOffset: '0', reason }] });
});
