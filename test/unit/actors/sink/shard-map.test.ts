import { expect, test } from 'vitest';
import { moduloShards, singleShard } from '../../../../actors/sink/shard-map.ts';
import { JsonDocument } from '../../../../protocol/change/cell.ts';

test.each([
  ['0', 0],
  ['7', 1],
  ['-7', 2],
  ['-3', 0],
  ['500000001', 0],
  ['9007199254740993', 0],
  ['18446744073709551615', 0],
  ['-18446744073709551614', 1],
])('the remainder of %s by 3 is shard %i, exactly and never negative', (key, shard) => {
  expect(moduloShards(3).shardOf(key)).toBe(shard);
  expect(Number(((BigInt(key) % 3n) + 3n) % 3n)).toBe(shard);
});

test.each([undefined, null, '', '1.5', '1e3', ' 1', '+1', 'x', true, new JsonDocument('[1]')])(
  '%s is no shard key',
  (key) => {
    expect(moduloShards(2).shardOf(key)).toBeUndefined();
  },
);

test('a target that is not sharded takes any key', () => {
  expect([singleShard.shardOf(undefined), singleShard.shardOf('5')]).toEqual([0, 0]);
});
