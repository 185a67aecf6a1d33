import { describe, expect, test } from 'vitest';
import { choosePartition } from '../../../../actors/stream/choose-partition.ts';
import { murmur2 } from '../../../../actors/stream/murmur2.ts';

describe('murmur2', () => {
  // The vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is what the Java client computes', (text, expected) => {
    expect(murmur2(Buffer.from(text))).toBe(expected);
  });
});

describe('the partition of a record key', () => {
  test('is the one of the default partitioner of Java: the hash without its sign, modulo', () => {
    expect(choosePartition('abc', 12)).toBe(479470107 % 12);
    expect(choosePartition('foobar', 12)).toBe((-790332482 & 0x7fffffff) % 12);
    expect(choosePartition('foobar', 1)).toBe(0);
  });

  test('is that of the bytes in UTF-8, not of the characters', () => {
    const partitions = 2 ** 20;
    expect(choosePartition('구매자', partitions)).toBe((murmur2(Buffer.from('구매자')) & 0x7fffffff) % partitions);
  });
});
