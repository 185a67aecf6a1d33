import { describe, expect, test } from 'vitest';
import { StatusTally } from '../../../../deploy/demo/status-tally.ts';
import type { JobStatus, SupervisorStatus } from '../../../../protocol/message/supervisor-status.ts';

/** A status with one sink; only what the tally reads. */
function aStatus(applied: number, place: { placeEpoch?: number; restarts?: number; partition?: number } = {}) {
  const { placeEpoch = 1, restarts = 0, partition = 0 } = place;
  const counts = { applied, written: applied - 1, filtered: 2, repeated: 0, retries: 0 };
  const job = { kind: 'sink', name: `sink.order-seller.${partition}`, pipeline: 'order-seller', partition };
  const report = { job, placeEpoch, restarts, status: { detail: { kind: 'sink', counts } } };
  return { jobs: [{ job, report } as unknown as JobStatus] } as unknown as SupervisorStatus;
}

describe('status tally', () => {
  test('keeps the newest report of an actor', () => {
    const tally = new StatusTally();
    tally.add(aStatus(5));
    tally.add(aStatus(9));
    expect(tally.byPipeline()).toEqual([
      { pipeline: 'order-seller', applied: 9, written: 8, filtered: 2, repeated: 0, retries: 0 },
    ]);
    expect([tally.restarts, tally.moves]).toEqual([0, 0]);
  });

  test('adds incarnations and partitions up', () => {
    const tally = new StatusTally();
    tally.add(aStatus(5));
    tally.add(aStatus(2, { restarts: 1 }));
    tally.add(aStatus(3, { placeEpoch: 2 }));
    tally.add(aStatus(7, { partition: 1 }));
    expect(tally.byPipeline()).toMatchObject([{ applied: 17, filtered: 8 }]);
    expect([tally.restarts, tally.moves]).toEqual([1, 1]);
  });
});
