/** Rows whose version at the target is no version of theirs: it lies between their newest change and the end of the log. */
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

/** One insert per record: row n has offset n - 1. */
async function openRows(rows: number): Promise<VerifierRig> {
  const rig = await openScene();
  for (let id = 1; id <= rows; id += 1) {
    rig.commit(inserted(order(id, 'a')));
  }
  rig.publish();
  await untilApplied(rig);
  return rig;
}

function damage(rig: VerifierRig, id: number, seq: bigint, v = 'x'): void {
  rig.shards[0]?.rows.set(String(id), { cells: { id: String(id), seller: '0', v }, seq });
}

test('a wrong row with the version of the change of another row is found', async () => {
  await using rig = await openRows(10);
  damage(rig, 2, 7n);
  damage(rig, 9, 9n);
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  await rig.partition.untilCommitted(10n);
  expect(rig.reported).toEqual(new Set([anId(0, '2'), anId(0, '9')]));
  expect(rig.detail.counts).toMatchObject({ mismatches: 2, superseded: 0, unchecked: 0 });
});

test('rows that hide each other are found one after the other', async () => {
  await using rig = await openRows(30);
  for (let id = 1; id <= 20; id += 1) {
    damage(rig, id, BigInt(id + 1));
  }
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.reported.size).toBe(20);
  expect(rig.detail.counts).toMatchObject({ superseded: 0, unchecked: 0 });
});

test('a wrong row whose next change lies beyond its version is left to that change', async () => {
  await using rig = await openRows(10);
  rig.commit(updated(order(2, 'a'), order(2, 'b')));
  rig.publish();
  await untilApplied(rig);
  damage(rig, 2, 7n, 'b');
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.reported).toEqual(new Set());
});

test('a row that a repair gave the version of another is right, and looked at once', async () => {
  await using rig = await openRows(10);
  damage(rig, 2, 7n, 'a');
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.reported).toEqual(new Set());
  expect(rig.detail.counts).toMatchObject({ due: 10, equal: 10, superseded: 0, unchecked: 0, sourceReads: 1 });
});

// Found by the property of the verifier: the version was taken for that of a change on its way, and nobody waited for it.
test('a wrong row with the version of the change of another row that comes during its proof is found', async () => {
  await using rig = await openRows(1);
  damage(rig, 1, 1n);
  const { onRead } = rig.source;
  let looks = 0;
  rig.source.onRead = async (read) => {
    looks += read.what === 'many' ? 1 : 0;
    if (looks === 3 && rig.partition.end === 1n) {
      rig.commit(inserted(order(2, 'a')));
      rig.publish();
    }
    await onRead(read);
  };
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.partition.end).toBe(2n);
  expect(rig.reported).toEqual(new Set([anId(0, '1')]));
});

test('rows whose newer change comes while they are looked at wait for nothing', async () => {
  await using rig = await openScene({ verification: { rowsPerRead: 100, concurrency: 1 } });
  const rows = Array.from({ length: 250 }, (_, index) => index + 1);
  rig.commit(...rows.map((id) => inserted(order(id, 'a'))));
  for (const id of rows) {
    rig.commit(inserted(order(1_000 + id, 'a')));
  }
  rig.commit(...rows.map((id) => updated(order(id, 'a'), order(id, 'b'))));
  rig.publish();
  await untilApplied(rig);
  const [reader] = rig.readers;
  if (reader !== undefined) {
    reader.onRead = () => until('all was read', () => rig.detail.counts.records === 252, SCENE_DEADLINE_MS);
  }
  await rig.startVerifier();
  await untilVerifiedForGood(rig);
  expect(rig.detail.counts).toMatchObject({ due: 750, equal: 500, superseded: 250, sourceReads: 0, targetReads: 600 });
});
