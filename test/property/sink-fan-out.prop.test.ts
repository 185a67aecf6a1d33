/**
 * Orders that are on the shards of all their sellers, whom a look-up finds: whatever the transactions, the faults and the
 * restarts, in the end each order is on the shards of its sellers, in its newest state, and on no other.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { SourceLookup } from '../../actors/source/source-lookup.ts';
import type { Finding } from '../../actors/state/finding.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { buildLuck } from '../support/build-luck.ts';
import { countUnaccounted } from '../support/count-changes.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { MemoryShard, passTurns } from '../support/memory-shard.ts';
import { memorySinkDeps, settledOrStalled } from '../support/memory-sink.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { ORDER_NUMBERS, OrderHistory, type OrderStep } from '../support/order-history.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aTable } from '../support/sink-builders.ts';
import { aRecord } from '../support/sink-rig.ts';

const SHARDS = 3;
const STALLED_MS = 5_000;

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { findCkey: { resolver: 'SELLERS_OF_ORDER', by: 'order_no' } } },
  lanes: 2,
  batch: { minRows: 1, maxRows: 8 },
});

interface Transaction {
  readonly steps: readonly OrderStep[];
  readonly turns: number;
  readonly restart: boolean;
}

interface Scenario {
  readonly transactions: readonly Transaction[];
  /** Decides the turns and the faults of look-ups and writes. */
  readonly luck: number;
  readonly faults: boolean;
}

const step: fc.Arbitrary<OrderStep> = fc.record({
  order: fc.constantFrom(...ORDER_NUMBERS),
  kind: fc.constantFrom('update', 'update', 'update', 'delete'),
  lines: fc.array(fc.record({ line: fc.nat(2), seller: fc.integer({ min: -1, max: 5 }) }), { maxLength: 3 }),
});

const scenario: fc.Arbitrary<Scenario> = fc.record({
  transactions: fc.array(
    fc.record({
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
      turns: fc.nat(6),
      restart: fc.nat(9).map((n) => n === 9),
    }),
    { minLength: 1, maxLength: 25, size: 'max' },
  ),
  luck: fc.nat(),
  faults: fc.boolean(),
});

async function replicate({ transactions, luck, faults }: Scenario) {
  const random = buildLuck(luck);
  const table = aTable({ name: 'orders', columns: ['order_no', 'v', 'ergate_seq'], primaryKey: ['order_no'] });
  const outcomeOf = (number: number) => (number < 0.08 ? 'deadlock' : number > 0.92 ? 'unknown' : 'written');
  const fate = {
    turns: () => Math.floor(random() * 4),
    outcome: () => (faults ? outcomeOf(random()) : 'written'),
  };
  const shards = Array.from({ length: SHARDS }, (_, shard) => new MemoryShard(`s${shard}`, table, fate));
  const history = new OrderHistory();
  const lookup: SourceLookup = {
    learnFrom: { table: 'product_order', key: 'order_no', value: 'seller_no' },
    findMany: async (keys) => {
      await passTurns(Math.floor(random() * 3));
      if (faults && random() < 0.2) {
        throw new ReplicationError('ERG_2101', 'away');
      }
      const found = keys.flatMap((key) => {
        const sellers = history.sellersOf(key);
        return sellers === undefined ? [] : [[key, sellers] as const];
      });
      await passTurns(Math.floor(random() * 3)); // what was read may be old when it is told
      return new Map(found);
    },
  };
  const partition = new MemoryPartition();
  partition.committed = { offset: 0n, metadata: '' };
  const findings: Finding[] = [];
  let placeEpoch = 0;
  const open = async () => {
    placeEpoch += 1;
    const openStream = (events: RecordStreamEvents) => partition.open(events);
    const own = { settings: SETTINGS, placeEpoch, openStream, shards, clock: hastyClock, random };
    const store = async (given: readonly Finding[]) => void findings.push(...given);
    const actor = createSinkActor(memorySinkDeps(own, store, { openLookup: () => lookup }));
    await actor.start();
    return actor;
  };
  let actor = await open();
  for (const [index, { steps, turns, restart }] of transactions.entries()) {
    partition.append(aRecord('k', index + 1, ...steps.flatMap((one) => history.apply(one))));
    await passTurns(turns);
    if (faults && restart) {
      await actor.stop();
      actor = await open();
    }
  }
  const end = await settledOrStalled(partition.untilCommitted(partition.end), 'all settled', STALLED_MS);
  const { detail } = actor.status();
  await actor.stop();
  return { end, shards, history, detail: detail as SinkDetail, codes: findings.map(({ code }) => code) };
}

test('leaves every order on the shards of its sellers alone, in its newest state', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { end, shards, history, codes, detail } = await replicate(given);
      expect([end, codes]).toEqual(['all settled', []]);
      expect({ unaccounted: countUnaccounted(detail), queued: detail.queuedChanges }).toEqual({
        unaccounted: 0,
        queued: 0,
      });
      for (const [shard, { rows }] of shards.entries()) {
        for (const order of ORDER_NUMBERS) {
          const value = rows.get(String(order))?.cells['v'];
          expect({ shard, order, value }).toEqual({ shard, order, value: history.expectedOn(shard, SHARDS, order) });
        }
      }
    }),
    { numRuns: 120, ...propertySeed() },
  );
});
