import { expect, test } from 'vitest';
import type { Refusal } from '../../../../actors/route/build-finding.ts';
import type { RoutedChange } from '../../../../actors/route/routed-change.ts';
import { EntrySettler } from '../../../../actors/sink/entry-settler.ts';
import { FindingWriter } from '../../../../actors/sink/finding-writer.ts';
import type { SinkDeps } from '../../../../actors/sink/sink-deps.ts';
import { SinkProgress } from '../../../../actors/sink/sink-progress.ts';
import type { Finding } from '../../../../actors/state/finding.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anEntry } from '../../../support/sink-builders.ts';

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

/** A settler, what it stores, and a ledger with a record open at each offset. */
function aRefusal(offsets: readonly number[]) {
  const stored: Finding[] = [];
  const settled = Promise.withResolvers<void>();
  const ledger = new OffsetLedger(0, undefined);
  const progress = new SinkProgress(() => {});
  const settler = new EntrySettler({
    deps: { pipeline: 'p', partition: 0, settings: { source: {} }, logger: silentLogger } as unknown as SinkDeps,
    progress,
    findings: new FindingWriter({
      store: { store: async (all) => void stored.push(...all), count: async () => [] },
      clock: new ManualClock(),
      logger: silentLogger,
      random: () => 0,
    }),
    isWritten: () => true,
    push: () => {},
    onSettled: () => {
      if (ledger.openRecords === 0) {
        settled.resolve();
      }
    },
    onRoom: () => {},
  });
  const slots = offsets.map((offset) =>
    ledger.open({ offset, bytes: 1, commitTimeMs: Number.NaN, position: undefined }),
  );
  const entry = (place: number, more: Partial<RoutedChange> & { readonly key: string }) => {
    const record = { offset: BigInt(offsets[place] ?? 0), key: null, value: null, timestampMs: -1 };
    return anEntry({ ledger, slot: slots[place] ?? 0, record, ...more });
  };
  return { settler, entry, stored, settled: settled.promise, progress };
}

const REFUSED = new ReplicationError('ERG_3201', 'too long');

test('older changes of a refused row are superseded by the one that is stored', async () => {
  const { settler, entry, stored, settled, progress } = aRefusal([0, 1]);
  const newest = entry(1, { key: '1' });
  settler.refuseEntry(newest, [entry(0, { key: '1' }), newest], REFUSED);
  await settled;
  expect(stored.map(({ offset }) => offset)).toEqual([1n]);
  expect(progress.counts).toMatchObject({ findings: 1, refused: 2 });
});

test('a primary-key change that is refused with a later change of its row is stored too: only its record names the old row', async () => {
  const { settler, entry, stored, settled, progress } = aRefusal([0, 1]);
  const gone = entry(0, { key: '1', image: null, withNext: true, ties: ['0:0'], changes: 0 });
  const newest = entry(1, { key: '2' });
  settler.refuseEntry(newest, [gone, newest], REFUSED);
  await settled;
  expect(stored.map(({ offset, rowKey, code }) => [offset, rowKey, code])).toEqual([
    [0n, '1', 'ERG_3201'],
    [1n, '2', 'ERG_3201'],
  ]);
  expect(progress.counts).toMatchObject({ findings: 2, refused: 1 });
});

test('an older change is stored too when the refused one lacks columns', async () => {
  const { settler, entry, stored, settled } = aRefusal([0, 1]);
  const newest = entry(1, { key: '1', coversRow: false });
  settler.refuseEntry(newest, [entry(0, { key: '1' }), newest], REFUSED);
  await settled;
  expect(stored.map(({ offset }) => offset)).toEqual([0n, 1n]);
});
