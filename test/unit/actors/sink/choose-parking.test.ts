import { describe, expect, test } from 'vitest';
import { chooseParking } from '../../../../actors/sink/choose-parking.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

const WRITTEN = [0, 1].flatMap((shard) => ['orders', 'items'].map((table) => ({ shard, table })));

function aTrouble(shard: number, code: ErrorCode, { sinceMs = 0, tables = ['orders'] } = {}) {
  return { shard, sinceMs, tables, error: new ReplicationError(code, 'so it is') };
}

function choose(troubles: Parameters<typeof chooseParking>[0], nowMs = 30_000) {
  const chosen = chooseParking(troubles, { nowMs, patienceMs: () => 30_000, written: WRITTEN });
  return chosen.map(({ shard, table }) => `${shard}.${table ?? '*'}`);
}

describe('what is left out', () => {
  test('is a shard that is away', () => {
    expect(choose([aTrouble(0, 'ERG_3001'), aTrouble(0, 'ERG_3003', { tables: ['items'] })])).toEqual(['0.*']);
  });

  test('is a table that is not as it should be', () => {
    expect(choose([aTrouble(1, 'ERG_3402')])).toEqual(['1.orders']);
  });

  test('is not a table beside its whole shard', () => {
    expect(choose([aTrouble(0, 'ERG_3402'), aTrouble(0, 'ERG_3001')])).toEqual(['0.*']);
  });

  test('is nothing before its time', () => {
    expect(choose([aTrouble(0, 'ERG_3001')], 29_999)).toEqual([]);
  });

  test('is nothing while nothing else could be written', () => {
    expect(choose([aTrouble(0, 'ERG_3001'), aTrouble(1, 'ERG_3001', { sinceMs: 29_000 })])).toEqual([]);
    expect(choose([aTrouble(0, 'ERG_3001'), aTrouble(1, 'ERG_3501', { tables: ['orders', 'items'] })])).toEqual([]);
  });

  test('may be a table of the only shard, while another table can be written', () => {
    const written = [
      { shard: 0, table: 'orders' },
      { shard: 0, table: 'items' },
    ];
    const chosen = chooseParking([aTrouble(0, 'ERG_3402')], { nowMs: 30_000, patienceMs: () => 30_000, written });
    expect(chosen).toMatchObject([{ shard: 0, table: 'orders', reason: expect.stringContaining('ERG_3402') }]);
  });
});
