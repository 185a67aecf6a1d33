import { expect, test } from 'vitest';
import type { Refusal } from '../../../../actors/sink/build-finding.ts';
import { EntrySettler } from '../../../../actors/sink/entry-settler.ts';
import { FindingWriter } from '../../../../actors/sink/finding-writer.ts';
import { OffsetLedger } from '../../../../actors/sink/offset-ledger.ts';
import type { SinkDeps } from '../../../../actors/sink/sink-deps.ts';
import { SinkProgress } from '../../../../actors/sink/sink-progress.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

test('of what a catch-up refuses is stored what the sink may not have looked at, and all of it is settled', async () => {
  const stored: string[] = [];
  const settled = Promise.withResolvers<void>();
  const findings = new FindingWriter({
    store: { store: async (all) => void stored.push(...all.map(({ stage }) => stage)), count: async () => [] },
    clock: new ManualClock(),
    logger: silentLogger,
    random: () => 0,
  });
  const settler = new EntrySettler({
    // All of the deps that is looked at.
    deps: { pipeline: 'p', partition: 0, settings: { source: {} }, logger: silentLogger } as unknown as SinkDeps,
    progress: new SinkProgress(() => {}),
    findings,
    isWritten: () => true,
    push: () => {},
    onSettled: settled.resolve,
    onRoom: () => {},
  });
  const ledger = new OffsetLedger(0, undefined);
  for (const [offset, stage] of (['decode', 'route'] as const).entries()) {
    const slot = ledger.open({ offset, bytes: 1, commitTimeMs: Number.NaN, position: undefined });
    const record = { offset: BigInt(offset), key: null, value: null, timestampMs: -1 };
    const error = new ReplicationError('ERG_3303', 'so it is');
    const refusal: Refusal = { record, slot, payloadIndex: 0, stage, error, table: undefined, rowKey: undefined };
    settler.refuseAgain(refusal, ledger);
  }
  expect(ledger.watermark).toBe(1); // the other one only when it is stored
  await settled.promise;
  expect(stored).toEqual(['route']);
  expect(ledger.watermark).toBe(2);
});
