import { expect, test } from 'vitest';
import { ShardCatalog } from '../../../../actors/route/shard-catalog.ts';
import { Repeats } from '../../../../actors/runtime/repeats.ts';
import { VerifierTables } from '../../../../actors/verifier/verifier-tables.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryShard } from '../../../support/memory-shard.ts';
import { aTable } from '../../../support/sink-builders.ts';

async function passSeconds(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a shard whose breaker is open is not asked for its tables, before it has shown them and after', async () => {
  const clock = new ManualClock();
  const asked = new Map<string, number>();
  const away = new Set(['s1']);
  const catalogs = ['s0', 's1'].map((name) => {
    const shard = new MemoryShard(name, aTable({ columns: ['id', 'ergate_seq'] }), {
      turns: () => 0,
      outcome: () => 'written',
    });
    const { readTables } = shard;
    shard.readTables = async () => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      if (away.has(name)) {
        throw new ReplicationError('ERG_3001', 'nobody answers');
      }
      return await readTables.call(shard);
    };
    return new ShardCatalog(shard, new Map([['orders', new Set()]]));
  });
  using tables = new VerifierTables(catalogs);
  await tables.read();
  expect(Object.fromEntries(asked)).toEqual({ s0: 1, s1: 1 });
  const repeats = new Repeats(clock);
  tables.follow(repeats, (shard) => !away.has(shard));
  await passSeconds(clock, 120);
  expect(asked.get('s0')).toBeGreaterThanOrEqual(2);
  expect(asked.get('s1')).toBe(1);
  away.clear();
  await passSeconds(clock, 6);
  expect(asked.get('s1')).toBe(2);
  away.add('s1');
  await passSeconds(clock, 120);
  expect(asked.get('s1')).toBe(2);
  repeats.stop();
});
