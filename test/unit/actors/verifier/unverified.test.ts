import { expect, test } from 'vitest';
import { CheckSettler } from '../../../../actors/verifier/check-settler.ts';
import type { DueRow } from '../../../../actors/verifier/due-queue.ts';
import { RangeKeeper } from '../../../../actors/verifier/range-keeper.ts';
import { Unverified, type UnverifiedOptions } from '../../../../actors/verifier/unverified.ts';
import { VerifierProgress } from '../../../../actors/verifier/verifier-progress.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRangeStore } from '../../../support/memory-range-store.ts';
import { anEntry, aTable } from '../../../support/sink-builders.ts';

function aRow(table: string, offset: number): DueRow {
  const record = { offset: BigInt(offset), key: null, value: null, timestampMs: -1 };
  const change = anEntry({ key: `${table}/${offset}`, table: { ...aTable({}), name: table }, record });
  return { sourceTable: table, change, checks: [change] };
}

function openUnverified() {
  const clock = new ManualClock();
  const store = new MemoryRangeStore();
  const own = { clock, logger: silentLogger, random: () => 0 };
  const ranges = new RangeKeeper({
    pipeline: 'p',
    partition: 0,
    topicEpoch: 0,
    idPrefix: 'p.0.1',
    store,
    onSaved: () => {},
    ...own,
  });
  const progress = new VerifierProgress();
  const options = {
    deps: { ...own, pipeline: 'p', partition: 0, settings: { source: { topic: 't', topicEpoch: 0 } } },
    whenOpen: 'range',
    ranges,
    settler: new CheckSettler(progress, () => {}),
    progress,
    silence: { saw: () => {} },
    rangeOf: () => undefined,
  } as unknown as UnverifiedOptions; // only what is asked for here
  const stored = async () => {
    await ranges.flush();
    return [...store.ranges.values()].map(({ shard, table, from, to }) => [shard, table, from, to]);
  };
  return { unverified: new Unverified(options), progress, stored };
}

const AWAY = new ReplicationError('ERG_2101', 'the source is away');

// Found by the drill verify-kills, seed 2: rows of several tables differ, and the source cannot tell of any of them.
test.each(['takeUntold', 'takeUnread'] as const)(
  'rows of several tables are ranges of their own tables: %s',
  async (take) => {
    const { unverified, progress, stored } = openUnverified();
    unverified[take]('s0', [aRow('orders', 5), aRow('measure', 2), aRow('measure', 9), aRow('orders', 7)], AWAY);
    expect(await stored()).toEqual([
      ['s0', 'orders', 5, 7],
      ['s0', 'measure', 2, 9],
    ]);
    expect(progress.counts).toMatchObject({ due: 4, unchecked: 4 });
  },
);
