/** Rows that are found newer are kept as they were read, so that the change that wrote them needs no reading of its own. */
import { expect, test } from 'vitest';
import { until } from '../../../support/kafka-rig.ts';
import { inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import type { VerifierRig } from '../../../support/verifier-rig.ts';
import {
  openScene,
  order,
  SCENE_DEADLINE_MS,
  untilApplied,
  untilVerifiedForGood,
} from '../../../support/verifier-scene.ts';

/** More than is routed at a time, so that the first rows are read before their updates come. */
const ROWS = 300;

/** All are inserted, one per record, and then updated so often in a row. */
async function openUpdated(updates = 1): Promise<VerifierRig> {
  const rig = await openScene({ verification: { rowsPerRead: 10, concurrency: 1 } });
  for (let id = 1; id <= ROWS; id += 1) {
    rig.commit(inserted(order(id, 'a')));
  }
  for (let id = 1; id <= ROWS; id += 1) {
    for (let update = 1; update <= updates; update += 1) {
      rig.commit(updated(order(id, 'a'), order(id, `b${update}`)));
    }
  }
  rig.publish();
  await untilApplied(rig);
  return rig;
}

function damage(rig: VerifierRig, id: number): void {
  const row = rig.shards[0]?.rows.get(String(id));
  rig.shards[0]?.rows.set(String(id), { seq: row?.seq ?? 0n, cells: { id: String(id), seller: '0', v: 'x' } });
}

test('a row that changed twice is read once, when both changes were due before', async () => {
  await using rig = await openUpdated();
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  const { due, equal, superseded, targetReads, sourceReads } = rig.detail.counts;
  expect([due, equal, superseded, sourceReads]).toEqual([2 * ROWS, ROWS, ROWS, 0]);
  expect(targetReads).toBeLessThan(1.1 * ROWS); // a reading is under way when the first updates come
});

test('an older change that waits is left to the newest one', async () => {
  await using rig = await openUpdated(2);
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.detail.counts).toMatchObject({ due: 3 * ROWS, equal: ROWS, superseded: 2 * ROWS, sourceReads: 0 });
});

test('a row that was wrong when it was read is found', async () => {
  await using rig = await openUpdated();
  damage(rig, 5);
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.reported).toEqual(new Set([anId(0, '5')]));
  expect(rig.detail.counts).toMatchObject({ due: 2 * ROWS, mismatches: 1, superseded: ROWS, unchecked: 0 });
});

test('a row that is damaged before its newer change is due is found, although it was right when it was read', async () => {
  await using rig = await openUpdated();
  rig.sinkSeenTo = ROWS;
  await rig.startVerifier();
  await until('all inserts are looked at', () => rig.detail.counts.due === ROWS, SCENE_DEADLINE_MS);
  damage(rig, ROWS); // read just now
  rig.sinkSeenTo = Number.POSITIVE_INFINITY;
  await untilVerifiedForGood(rig);
  expect(rig.reported).toEqual(new Set([anId(0, String(ROWS))]));
});

test('a row that is damaged while the verifier is held up is found, although it was right when it was read', async () => {
  await using rig = await openUpdated();
  const [reader] = rig.readers;
  let reads = 0;
  if (reader !== undefined) {
    reader.onRead = async () => {
      reads += 1;
      if (reads === 20) {
        damage(rig, 5); // read with the first ones
        const laterMs = rig.clock.monotonicMs() + 1_001;
        await until('more than a second has passed', () => rig.clock.monotonicMs() >= laterMs, SCENE_DEADLINE_MS);
      }
    };
  }
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.reported).toEqual(new Set([anId(0, '5')]));
});
