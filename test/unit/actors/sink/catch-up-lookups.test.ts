import { expect, test } from 'vitest';
import { passTurns } from '../../../support/memory-shard.ts';
import { ParkingRig } from '../../../support/parking-rig.ts';
import { aRecord, inserted } from '../../../support/sink-rig.ts';

const LACKING = 4_000;

/** None of them is on the shard that is made up for: each has to be looked up to know. */
const idOf = (at: number) => 3 * at + 1;
const aNote = (at: number) => aRecord('k', at + 1, inserted({ id: idOf(at), seller: 1, v: `v${at}`, w: 'w' }, 'notes'));

test('what a sink looks up does not wait behind all that a catch-up looks up', async () => {
  await using rig = new ParkingRig({ events: [], after: [], luck: 1, unique: false });
  rig.partition.maxFetchRecords = 1_000;
  rig.partition.append(...Array.from({ length: LACKING }, (_, at) => aNote(at)));
  rig.partition.committed = { offset: BigInt(LACKING), metadata: ';[["s0",null,0,"",null]]' };
  rig.lookupTurns = 50;
  rig.open();
  while (rig.asked.length === 0) {
    await passTurns(1);
  }
  await passTurns(40); // a catch-up that may would have asked for all by now
  const before = rig.asked.length;
  rig.partition.append(aNote(LACKING));
  await rig.partition.untilWhole();
  const own = rig.asked.findIndex((keys) => keys.includes(String(idOf(LACKING))));
  expect(own - before).toBeLessThan(5);
  expect(rig.asked.length).toBeGreaterThan(LACKING / 500);
});
