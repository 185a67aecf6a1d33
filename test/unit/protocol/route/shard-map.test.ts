import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../protocol/change/cell.ts';
import { buildShardMap } from '../../../../protocol/route/build-shard-map.ts';
import { hashShards } from '../../../../protocol/route/hash-shards.ts';
import { formatKeyRange, parseKeyRange, splitKeyspace } from '../../../../protocol/route/key-range.ts';
import { KeyspaceHash } from '../../../../protocol/route/keyspace-id.ts';
import { moduloShards } from '../../../../protocol/route/modulo-shards.ts';
import type { TargetSettings } from '../../../../protocol/settings/settings-schema.ts';

const NO_INTEGERS = [undefined, null, '', '1.5', '1e3', ' 1', '+1', 'x', true, new JsonDocument('[1]')];

const SHARDS = ['a', 'b', 'c'];

function aMap(target: Partial<TargetSettings>) {
  return buildShardMap({ database: 'seller', shardBy: 'single', ...target }, SHARDS);
}

describe('single', () => {
  test('takes any key, and none', () => {
    const map = aMap({ shardBy: 'single' });
    expect([map.shardOf(undefined), map.shardOf('5'), map.shardOf('x')]).toEqual([0, 0, 0]);
  });
});

describe('modulo', () => {
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

  test.each(NO_INTEGERS)('%s is no shard key', (key) => {
    const map = moduloShards(2);
    expect(map.shardOf(key)).toBeUndefined();
    expect(map.explain(key).code).toBe('ERG_2002');
  });
});

describe('hash', () => {
  // Vitess: go/vt/vtgate/vindexes/hash_test.go, and the region-based sharding page of its user guide.
  test.each([
    ['1', '166b40b44aba4bd6'],
    ['2', '06e7ea22ce92708f'],
    ['3', '4eb190c9a2fa169c'],
    ['4', 'd2fd8867d50d2dfe'],
    ['5', '70bb023c810ca87a'],
    ['6', 'f098480ac4c4be71'],
    ['7', 'fb8baaad918119b8'],
    ['8', 'cc083f1e6d9e85f6'],
    ['9', '692bb9bf752b0f58'],
    ['10', '594764e1a2b2d98e'],
    ['11', 'aefc44491cfe474c'],
    ['12', 'd3748269b7058a0e'],
    ['13', '62dce203c602f358'],
    ['14', 'acbfda0d70613fc4'],
    ['15', '6a8b56ed414942b8'],
    ['16', '5b711bc4ceebf2ee'],
  ])('the keyspace id of %s is that of Vitess', (key, id) => {
    const hash = new KeyspaceHash();
    expect(hash.hash(key)?.toString('hex')).toBe(id);
    expect(hash.hash(`00000000000000${key}`)?.toString('hex')).toBe(id);
  });

  test('a negative number has the id of the unsigned one with the same bits, as in Vitess', () => {
    const hash = new KeyspaceHash();
    expect(hash.hash('-1')).toEqual(hash.hash('18446744073709551615'));
    expect(hash.hash('-9223372036854775808')).toEqual(hash.hash('9223372036854775808'));
  });

  test.each([...NO_INTEGERS, '18446744073709551616', '-9223372036854775809'])('%s is no shard key', (key) => {
    const map = aMap({ shardBy: 'hash' });
    expect(map.shardOf(key)).toBeUndefined();
    expect(map.explain(key)).toEqual({ code: 'ERG_2002', expected: 'an integer of 64 bits as shard key' });
  });

  test.each([
    [1, ['-']],
    [2, ['-80', '80-']],
    [3, ['-55', '55-aa', 'aa-']],
    [4, ['-40', '40-80', '80-c0', 'c0-']],
    [7, ['-24', '24-49', '49-6d', '6d-92', '92-b6', 'b6-db', 'db-']],
  ])('%i shards have the parts that Vitess would give them', (shards, ranges) => {
    expect(splitKeyspace(shards).map(formatKeyRange)).toEqual(ranges);
  });

  test('above 256 shards the parts are cut at two bytes, and are together the whole keyspace', () => {
    const ranges = splitKeyspace(1_024);
    expect(ranges.slice(0, 2).map(formatKeyRange)).toEqual(['-0040', '0040-0080']);
    expect(ranges.every(({ from, below }, index) => from < below && from === (ranges[index - 1]?.below ?? 0n))).toBe(
      true,
    );
    expect(ranges.at(-1)?.below).toBe(2n ** 64n);
  });

  test.each(['-', '-80', '80-', '40-80', '4080-c0', '0001-'])('the range %s reads as it is written', (text) => {
    expect(formatKeyRange(parseKeyRange(text))).toBe(text);
  });

  test('the first id of a range is in it, and the first one behind it is not', () => {
    // 5 has 70bb…, so a cut right at its id decides.
    const cut = (at: string) => hashShards([parseKeyRange(`-${at}`), parseKeyRange(`${at}-`)]).shardOf('5');
    expect(cut('70bb023c810ca87a')).toBe(1);
    expect(cut('70bb023c810ca87b')).toBe(0);
  });

  test('shards may have the ranges in any order', () => {
    const map = aMap({ shardBy: 'hash', keyspace: { c: '-40', a: '40-d2fd8867d50d2dfe', b: 'd2fd8867d50d2dfe-' } });
    expect(['2', '1', '3', '5', '4', '6'].map(map.shardOf)).toEqual([2, 2, 0, 0, 1, 1]);
  });
});

describe('range', () => {
  const map = aMap({
    shardBy: 'range',
    ranges: [
      { shard: 'b', from: 1_000, below: 2_000 },
      { shard: 'c', below: 1_000 },
      { shard: 'c', from: 2_000, below: 2_001 },
      { shard: 'a', from: 2_001 },
    ],
  });

  test.each([
    ['-18446744073709551615', 2],
    ['999', 2],
    ['0000000000000000999', 2],
    ['1000', 1],
    ['1999', 1],
    ['2000', 2],
    ['2001', 0],
    ['18446744073709551615', 0],
  ])('%s is on shard %i', (key, shard) => {
    expect(map.shardOf(key)).toBe(shard);
  });

  test.each(NO_INTEGERS)('%s is no shard key', (key) => {
    expect([map.shardOf(key), map.explain(key).code]).toEqual([undefined, 'ERG_2002']);
  });

  test('one range takes every key', () => {
    expect(aMap({ shardBy: 'range', ranges: [{ shard: 'b' }] }).shardOf('5')).toBe(1);
  });
});

describe('lookup', () => {
  const shardOf = { KR: 'b', '7': 'c', constructor: 'a' };

  test('a key is where it is listed, character by character', () => {
    const map = aMap({ shardBy: 'lookup', shardOf });
    expect(['KR', '7', 'constructor'].map(map.shardOf)).toEqual([1, 2, 0]);
    expect(['kr', '07', 'KR ', 'toString', ''].map(map.shardOf)).toEqual(Array(5).fill(undefined));
    expect(map.explain('kr').code).toBe('ERG_2003');
    expect([map.shardOf(null), map.explain(null).code]).toEqual([undefined, 'ERG_2002']);
  });

  test('all other keys are on the other shard, and NULL is not a key', () => {
    const map = aMap({ shardBy: 'lookup', shardOf, otherShard: 'c' });
    expect([map.shardOf('JP'), map.shardOf(null), map.shardOf(undefined)]).toEqual([2, undefined, undefined]);
  });
});

test('a shard that the target does not have is a matter for a person', () => {
  expect(() => aMap({ shardBy: 'range', ranges: [{ shard: 'nope' }] })).toThrow('ERG_2105');
});
