/** Shard maps against the plainest way to say the same. */
import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashShards } from '../../protocol/route/hash-shards.ts';
import { formatKeyRange, KEYSPACE_END, parseKeyRange } from '../../protocol/route/key-range.ts';
import { KeyspaceHash } from '../../protocol/route/keyspace-id.ts';
import { moduloShards } from '../../protocol/route/modulo-shards.ts';
import { rangeShards } from '../../protocol/route/range-shards.ts';
import { propertySeed } from '../support/property-seed.ts';

const RUNS = { ...propertySeed(), numRuns: 300 };

/** Small ones are the usual ones; the bounds of what is exact as a JS number, and of 64 bits, are where slips are. */
const key = fc.oneof(
  fc.bigInt({ min: -200n, max: 200n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 10n ** 15n, 10n ** 15n - 1n, -(10n ** 14n), 2n ** 32n, 2n ** 32n - 1n),
);

test('modulo is the remainder that is never negative', () => {
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 1_024 }), (integer, shards) => {
      const modulus = BigInt(shards);
      expect(moduloShards(shards).shardOf(String(integer))).toBe(Number(((integer % modulus) + modulus) % modulus));
    }),
    RUNS,
  );
});

test('a keyspace id can be undone: no two keys share one', () => {
  const hash = new KeyspaceHash();
  fc.assert(
    fc.property(key, (integer) => {
      const id = hash.hash(String(integer)) ?? Buffer.alloc(0);
      const back = createDecipheriv('des-ede3-ecb', Buffer.alloc(24), null).setAutoPadding(false).update(id);
      expect(back.readBigUInt64BE()).toBe(BigInt.asUintN(64, integer));
    }),
    RUNS,
  );
});

test('whatever the cuts and the order of the ranges, a key is in the one range that holds it', () => {
  const end = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(fc.uniqueArray(end, { maxLength: 8 }), key, fc.infiniteStream(fc.nat()), (cuts, integer, order) => {
      const sorted = cuts.toSorted((left, right) => left - right);
      const ranges = [undefined, ...sorted].map((from, shard) => ({ shard, from, below: sorted[shard] }));
      const shuffled = ranges
        .map((range) => ({ range, at: order.next().value }))
        .sort((left, right) => left.at - right.at)
        .map(({ range }) => range);
      const holds = ({ from, below }: (typeof ranges)[number]) =>
        (from === undefined || integer >= BigInt(from)) && (below === undefined || integer < BigInt(below));
      const expected = ranges.filter(holds).map(({ shard }) => shard);
      expect([rangeShards(ranges.length, shuffled).shardOf(String(integer))]).toEqual(expected);
    }),
    RUNS,
  );
});

test('whatever the cuts of the keyspace, a key is in the one range that holds its id', () => {
  const hash = new KeyspaceHash();
  const cut = fc.bigInt({ min: 1n, max: KEYSPACE_END - 1n });
  fc.assert(
    fc.property(fc.uniqueArray(cut, { maxLength: 8 }), key, (cuts, integer) => {
      const sorted = cuts.toSorted((left, right) => (left < right ? -1 : 1));
      const ranges = [0n, ...sorted].map((from, shard) => ({ from, below: sorted[shard] ?? KEYSPACE_END }));
      const written = ranges.map((range) => parseKeyRange(formatKeyRange(range)));
      expect(written).toEqual(ranges);
      const id = hash.hash(String(integer))?.readBigUInt64BE() ?? -1n;
      const expected = ranges.findIndex(({ from, below }) => id >= from && id < below);
      expect(hashShards(written).shardOf(String(integer))).toBe(expected);
    }),
    RUNS,
  );
});
