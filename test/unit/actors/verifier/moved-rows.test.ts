/** Rows that move to a shard that is away: they stay where they were until the sink can write them there. */
import { expect, test } from 'vitest';
import { until } from '../../../support/kafka-rig.ts';
import { inserted, updated } from '../../../support/sink-rig.ts';
import { openScene, order, SCENE_DEADLINE_MS, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';

// Found by FC_SEED=6 of test/property/verifier-actor.prop.test.ts.
test('a row that is wrong where it was is no row too many before it could be written where it is', async () => {
  await using rig = await openScene();
  rig.commit(inserted(order(1, 'a', 1)));
  rig.publish();
  await untilApplied(rig);
  const [s0, s1] = rig.shards;
  if (s0 === undefined || s1 === undefined) {
    throw new Error('expected two shards');
  }
  s0.isAway = true;
  rig.commit(updated(order(1, 'a', 1), order(1, 'b', 0)));
  rig.publish();
  await untilApplied(rig); // s0 is left out
  const left = s1.rows.get('1');
  s1.rows.set('1', { cells: { ...left?.cells, v: 'x' }, seq: left?.seq ?? 0n });

  await rig.startVerifier();
  await rig.partition.untilCommitted(2n);
  const told = () => rig.detail.unverified.map(({ shard, reason }) => `${shard} ${reason.slice(0, 8)}`);
  await until('it is known to be unverified', () => told().length > 0, SCENE_DEADLINE_MS);
  expect([...rig.reported]).toEqual([]);
  expect(told()).toContain('s1 ERG_4003');

  s0.isAway = false;
  await untilVerified(rig);
  expect([s0.rows.get('1')?.cells['v'], s1.rows.has('1'), [...rig.reported]]).toEqual(['b', false, []]);
});
