import { describe, expect, test } from 'vitest';
import { splitRefused, splitRequests } from '../../../../actors/stream/split-requests.ts';

function record(key: string, bytes: number, partition = 0) {
  return { key, value: Buffer.alloc(bytes), partition };
}

function keysOf(requests: readonly (readonly { readonly key: string }[])[]): readonly string[] {
  return requests.map((request) => request.map(({ key }) => key).join(''));
}

describe('the requests of one call', () => {
  const limits = { maxBytes: 1_000, maxRecords: 3 };

  test('hold as much as their limits allow, in order', () => {
    const records = [...'abcdefg'].map((key) => record(key, 10));
    expect(keysOf(splitRequests(records, limits))).toEqual(['abc', 'def', 'g']);
    expect(keysOf(splitRequests([record('a', 500), record('b', 500), record('c', 100)], limits))).toEqual(['a', 'bc']);
  });

  test('count the key in bytes and what Kafka adds', () => {
    expect(splitRequests([record('가'.repeat(100), 200), record('b', 440)], limits)).toHaveLength(2);
    expect(splitRequests([record('a'.repeat(100), 200), record('b', 440)], limits)).toHaveLength(1);
  });

  test('give a record above the limit one of its own', () => {
    const records = [record('a', 1), record('b', 5_000), record('c', 1)];
    expect(keysOf(splitRequests(records, limits))).toEqual(['a', 'b', 'c']);
  });

  test('are none for no records', () => {
    expect(splitRequests([], limits)).toEqual([]);
  });
});

describe('a refused request', () => {
  test('is split by partition first, each with all its records in order', () => {
    const request = [record('a', 1, 0), record('b', 1, 1), record('c', 1, 0)];
    expect(keysOf(splitRefused(request))).toEqual(['ac', 'b']);
  });

  test('of one partition is split in halves, down to one record', () => {
    expect(keysOf(splitRefused([...'abc'].map((key) => record(key, 1))))).toEqual(['a', 'bc']);
    expect(keysOf(splitRefused([record('a', 1)]))).toEqual(['a']);
  });
});
