/**
 * The whole sink actor against a model: whatever the transactions, the faults and the restarts, no row goes back, and in the
 * end each is on its shard, in its newest state, and nowhere else. Only rows that a refused change touched may differ, and those are stored.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { Finding } from '../../actors/state/finding.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { buildLuck } from '../support/build-luck.ts';
import { countUnaccounted, recount } from '../support/count-changes.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { MemoryShard, passTurns } from '../support/memory-shard.ts';
import { memorySinkDeps, settledOrStalled } from '../support/memory-sink.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { propertySeed } from '../support/property-seed.ts';
import { ROW_KEYS, RowHistory, type RowStep } from '../support/row-history.ts';
import { aColumn, aTable } from '../support/sink-builders.ts';
import { aRecord } from '../support/sink-rig.ts';

const STALLED_MS = 5_000;

const VARIANTS = [
  { name: 'a plain table', unique: false, own: false },
  { name: 'a table with a column of its own', unique: false, own: true },
  { name: 'a table with a further unique index', unique: true, own: false },
  { name: 'a table with both', unique: true, own: true },
] as const;

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { shardKey: 'seller' } },
  lanes: 2,
  batch: { minRows: 1, maxRows: 8 },
});

interface Transaction {
  readonly steps: readonly RowStep[];
  readonly turns: number;
  readonly restart: boolean;
}

interface Scenario {
  readonly transactions: readonly Transaction[];
  /** Decides the turns and the faults of the writes. */
  readonly luck: number;
  readonly faults: boolean;
}

function scenario(refusals: boolean): fc.Arbitrary<Scenario> {
  const step: fc.Arbitrary<RowStep> = fc.record({
    key: fc.constantFrom(...ROW_KEYS),
    kind: fc.constantFrom('update', 'update', 'update', 'delete', 'change-key'),
    to: fc.constantFrom(...ROW_KEYS),
    moves: fc.boolean(),
    refused: refusals ? fc.integer({ min: 0, max: 9 }).map((n) => n === 9) : fc.constant(false),
  });
  const transaction = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 5 }),
    turns: fc.nat(5),
    restart: fc.nat(9).map((n) => n === 9),
  });
  return fc.record({
    transactions: fc.array(transaction, { minLength: 1, maxLength: 25, size: 'max' }),
    luck: fc.nat(),
    faults: fc.boolean(),
  });
}

async function replicate({ transactions, luck, faults }: Scenario, variant: (typeof VARIANTS)[number]) {
  const random = buildLuck(luck);
  const table = aTable({
    columns: [
      'id',
      'seller',
      'v',
      aColumn('ergate_seq'),
      ...(variant.own ? [aColumn('own', { hasDefault: true })] : []),
    ],
    uniqueIndexes: variant.unique ? [{ name: 'v', columns: ['v'] }] : [],
  });
  const outcomeOf = (number: number) => (number < 0.08 ? 'deadlock' : number > 0.92 ? 'unknown' : 'written');
  const fate = {
    turns: () => Math.floor(random() * 4),
    outcome: () => (faults ? outcomeOf(random()) : 'written'),
  };
  const shards = ['s0', 's1'].map((name) => new MemoryShard(name, table, fate));
  const partition = new MemoryPartition();
  partition.committed = { offset: 0n, metadata: '' };
  const findings: Finding[] = [];
  const store = async (given: readonly Finding[]) => {
    await passTurns(1);
    if (faults && random() < 0.3) {
      throw new ReplicationError('ERG_5001', 'away');
    }
    findings.push(...given);
  };
  let placeEpoch = 0;
  const open = async () => {
    placeEpoch += 1;
    const openStream = (events: RecordStreamEvents) => partition.open(events);
    const own = { settings: SETTINGS, placeEpoch, openStream, shards, clock: hastyClock, random };
    const actor = createSinkActor(memorySinkDeps(own, store));
    await actor.start();
    return actor;
  };
  const history = new RowHistory();
  let actor = await open();
  for (const [index, { steps, turns, restart }] of transactions.entries()) {
    partition.append(aRecord('k', index + 1, ...steps.map((step) => history.apply(step))));
    await passTurns(turns);
    if (faults && restart) {
      await actor.stop();
      actor = await open();
    }
  }
  const end = await settledOrStalled(partition.untilCommitted(partition.end), 'all settled', STALLED_MS);
  const { detail } = actor.status();
  await actor.stop();
  // A sink that was restarted has counted what is behind the offset that it began with.
  const values = placeEpoch === 1 ? partition.records.map(({ value }) => value) : undefined;
  return { end, shards, history, findings, detail: detail as SinkDetail, values };
}

/**
 * The rows that a shard showed in a state that they never had there, or in an older one than before. Once it is deleted, a
 * row may come back in a replay. In tables whose rows depend on each other the states within one record may, too.
 */
function listStepsBack(shard: MemoryShard, stateOf: (key: string, value: unknown) => number, isOrdered: boolean) {
  const last = new Map<string, { readonly seq: bigint; readonly state: number }>();
  return shard.shown.filter(({ key, row }) => {
    const before = last.get(key);
    last.delete(key);
    if (row === undefined) {
      return false;
    }
    const now = { seq: row.seq, state: stateOf(key, row.cells['v']) };
    last.set(key, now);
    const isOlder = before !== undefined && (now.seq < before.seq || (!isOrdered && now.state < before.state));
    return now.state < 0 || isOlder;
  });
}

describe.each(VARIANTS)('the sink actor, with $name', (variant) => {
  test.each([false, true])(
    'leaves every row on its shard alone, in its newest state (refusals: %s)',
    async (refusals) => {
      await fc.assert(
        fc.asyncProperty(scenario(refusals), async (given) => {
          const { end, shards, history, findings, detail, values } = await replicate(given, variant);
          expect(end).toBe('all settled');
          expect({ unaccounted: countUnaccounted(detail), queued: detail.queuedChanges }).toEqual({
            unaccounted: 0,
            queued: 0,
          });
          expect(detail.counts).toMatchObject(values === undefined ? {} : recount(values, ['orders']));
          for (const [index, shard] of shards.entries()) {
            const { rows } = shard;
            const stateOf = (key: string, value: unknown) => history.placeOf(index, key, value);
            expect(listStepsBack(shard, stateOf, variant.unique)).toEqual([]);
            for (const key of ROW_KEYS) {
              const value = rows.get(key)?.cells['v'];
              const expected = history.expectedOn(index, key);
              if (value !== expected && history.mayDiffer(key)) {
                expect(findings.length).toBeGreaterThan(0);
              } else {
                expect({ shard: index, key, value }).toEqual({ shard: index, key, value: expected });
              }
            }
          }
        }),
        { numRuns: 200, ...propertySeed() },
      );
    },
  );
});
