import { describe, expect, test } from 'vitest';
import type { ShardGate } from '../../../../actors/breaker/shard-gate.ts';
import { buildCatalogs } from '../../../../actors/route/build-routes.ts';
import type { SinkDeps } from '../../../../actors/sink/sink-deps.ts';
import { StartShards } from '../../../../actors/sink/start-shards.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { settingsSchema } from '../../../../protocol/settings/settings-schema.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryShard } from '../../../support/memory-shard.ts';
import { anEntry, aTable } from '../../../support/sink-builders.ts';

const OWNER = { pipeline: 'p', partition: 0, epoch: 7, owner: 'o' };
const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { shardKey: 'seller' } },
});

function aStart(gateOf?: SinkDeps['gateOf']) {
  const shards = ['s0', 's1'].map(
    (name) => new MemoryShard(name, aTable(), { turns: () => 0, outcome: () => 'written' }),
  ) as [MemoryShard, MemoryShard];
  const clock = new ManualClock();
  const deps = { settings: SETTINGS, shards, clock, gateOf } as unknown as SinkDeps; // all that is looked at
  const catalogs = buildCatalogs(deps);
  const start = new StartShards(deps, catalogs, OWNER);
  /** As the sink does, until it works. */
  const reach = async () => {
    await start.reach((shard) => catalogs[shard]?.renew());
    await start.takeFences();
  };
  return { shards, clock, start, reach };
}

describe('a sink that starts', () => {
  test('owns a shard that was away at first and is needed after all', async () => {
    const { shards, clock, start, reach } = aStart();
    const [away, bare] = shards;
    away.isAway = true;
    bare.missing.add('orders');
    await expect(reach()).rejects.toThrow('ERG_3001');
    clock.advance(5_000);
    await reach();
    const note = { position: undefined, parked: [] };
    await expect(start.plan(note, 10n)).rejects.toThrow('ERG_3001');
    away.isAway = false;
    expect(await start.plan(note, 10n)).toMatchObject([{ scope: { shard: 's1', table: 'orders', from: 10 } }]);
    await away.openWriter(OWNER).write([anEntry({ key: '1' })]);
    expect(away.rows.size).toBe(1);
  });

  test('asks nothing of a shard before it is known whether it is to be left alone', async () => {
    const known = Promise.withResolvers<void>();
    const gate = { known: known.promise, refusal: undefined as ReplicationError | undefined };
    const { shards, reach } = aStart(() => gate as unknown as ShardGate); // all that is looked at
    const asked: string[] = [];
    for (const shard of shards) {
      shard.readTables = async () => {
        asked.push(shard.name);
        return new Map();
      };
    }
    const reached = reach();
    await Promise.resolve();
    gate.refusal = new ReplicationError('ERG_3012', 'restore');
    known.resolve();
    await expect(reached).rejects.toThrow('ERG_3012');
    expect(asked).toEqual([]);
  });

  test('ends when a newer owner has one shard, also while another one is away', async () => {
    const { shards, reach } = aStart();
    const [away, taken] = shards;
    await taken.takeFence({ ...OWNER, epoch: 8 });
    away.takeFence = async () => {
      throw new ReplicationError('ERG_3001', 'away');
    };
    await expect(reach()).rejects.toThrow('ERG_3101');
  });
});
