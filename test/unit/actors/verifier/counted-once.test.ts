/** What is read again is due once and checked once, however often its range is read; by the whole verifier, in memory. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { until } from '../../../support/kafka-rig.ts';
import { inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import type { VerifierRig } from '../../../support/verifier-rig.ts';
import {
  openScene,
  order,
  SCENE_DEADLINE_MS,
  untilApplied,
  untilVerified,
  untilVerifiedForGood,
} from '../../../support/verifier-scene.ts';

const refusal = new ReplicationError('ERG_3011', 'the breaker of s0 is open');

/** One insert per record: row n has offset n - 1. */
async function openRows(rows: number, more: Parameters<typeof openScene>[0] = {}): Promise<VerifierRig> {
  const rig = await openScene(more);
  for (let id = 1; id <= rows; id += 1) {
    rig.commit(inserted(order(id, 'a')));
  }
  rig.publish();
  await untilApplied(rig);
  return rig;
}

function damage(rig: VerifierRig, id: number, seq: number): void {
  rig.shards[0]?.rows.set(String(id), { cells: { id: String(id), seller: '0', v: 'x' }, seq: BigInt(seq) });
}

describe('is due once and checked once', () => {
  test('what lies between rows whose version no change has', async () => {
    await using rig = await openRows(100, { verification: { rowsPerRead: 10, concurrency: 1 } });
    rig.partition.maxFetchRecords = 10; // so that rows are looked at before the versions that they have are read
    const ids = [10, 20, 30, 40, 50];
    for (const id of ids) {
      damage(rig, id, id + 40);
    }
    const reasons = new Set<string>();
    rig.store.onCall = async () => {
      for (const { reason } of rig.detail.unverified) {
        reasons.add(reason.slice(0, 8));
      }
    };
    await rig.startVerifier();
    await untilVerifiedForGood(rig);
    expect([...reasons]).toEqual(['ERG_4009']);
    expect(rig.reported).toEqual(new Set(ids.map((id) => anId(0, String(id)))));
    expect(rig.detail.counts).toMatchObject({ due: 100, equal: 95, superseded: 0, mismatches: 5, unchecked: 0 });
  });

  test('what lies between rows that could not be told', async () => {
    await using rig = await openRows(20);
    damage(rig, 2, 1);
    damage(rig, 9, 8);
    const { onRead } = rig.source;
    rig.source.onRead = async () => {
      throw new ReplicationError('ERG_2101', 'the source is away');
    };
    await rig.startVerifier();
    await rig.partition.untilCommitted(20n);
    expect(rig.detail.counts).toMatchObject({ due: 20, equal: 18, unchecked: 2 });
    expect(rig.detail.unverified[0]).toMatchObject({ fromOffset: '1', toOffset: '8' });
    const sinceMs = rig.clock.monotonicMs();
    await until('it was tried again', () => rig.clock.monotonicMs() > sinceMs + 60_000, SCENE_DEADLINE_MS);
    expect(rig.detail.counts).toMatchObject({ due: 20, equal: 18, mismatches: 0, unchecked: 2 });
    rig.source.onRead = onRead;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 20, equal: 18, mismatches: 2, unchecked: 0 });
  });

  test('a change that was superseded in a range', async () => {
    let isOpen = false;
    await using rig = await openScene({ gateOf: () => ({ refusal: isOpen ? refusal : undefined }) });
    rig.commit(inserted(order(1, 'a')));
    rig.commit(inserted(order(2, 'a')));
    rig.commit(updated(order(2, 'a'), order(2, 'b')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    isOpen = true;
    await rig.partition.untilCommitted(3n);
    expect(rig.detail.counts).toMatchObject({ due: 3, superseded: 1, unchecked: 2 });
    isOpen = false;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 3, equal: 2, superseded: 1, unchecked: 0 });
  });

  test('what a verifier before this one has left in a range and not committed; what it had committed is not', async () => {
    let isOpen = false;
    await using rig = await openRows(10, { gateOf: () => ({ refusal: isOpen ? refusal : undefined }) });
    await rig.startVerifier();
    isOpen = true;
    await rig.partition.untilCommitted(10n);
    await rig.stopVerifier();
    rig.partition.committed = { offset: 4n, metadata: '' }; // as if it had been killed before
    isOpen = false;
    await rig.startVerifier();
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 6, equal: 6, superseded: 0, mismatches: 0, unchecked: 0 });
  });
});
