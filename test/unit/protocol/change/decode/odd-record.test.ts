/** The bad-input matrix of record envelopes, by its numbers: what looks odd and is accepted. */
import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../../protocol/change/cell.ts';
import { ErgateDecoder } from '../../../../../protocol/change/decode/ergate-decoder.ts';
import { findCell } from '../../../../../protocol/change/row-image.ts';
import { anInsert, aRecord, COMMIT_TIME, cellsOf, GOOD, transactionOf } from './ergate-record.ts';

describe('records that look odd and are accepted', () => {
  test('B006: one byte order mark in front', () => {
    expect(transactionOf(`\ufeff${aRecord(`[${GOOD}]`)}`).changes).toHaveLength(1);
  });

  test('B013: a column twice with equal values, counted', () => {
    const decoder = new ErgateDecoder();
    const record = aRecord(`[${anInsert('{"a":1,"b":{"c":[]},"a":1,"b":{"c":[]},"c":2}')}]`);
    for (const times of [1, 2]) {
      const { changes, failures } = transactionOf(record, decoder);
      expect(failures).toEqual([]);
      expect(changes[0]!.after!.layout.names).toEqual(['a', 'b', 'c']);
      expect(changes[0]!.after!.cells).toEqual(['1', new JsonDocument('{"c":[]}'), '2']);
      expect(decoder.tally.repeatedColumns).toBe(2 * times);
    }
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'then'])(
    'B016, B017: a column named %s',
    (name) => {
      const image = transactionOf(aRecord(`[${anInsert(`{"${name}":{"x":1},"id":2}`)}]`)).changes[0]!.after!;
      expect(image.layout.names).toEqual([name, 'id']);
      expect(findCell(image, name)).toEqual(new JsonDocument('{"x":1}'));
      expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    },
  );

  test('B018: a payload made to pollute prototypes changes nothing', () => {
    transactionOf(aRecord(`[${GOOD}]`).replace('"payloads"', '"constructor":{"prototype":{"polluted":1}},"payloads"'));
    expect('polluted' in {}).toBe(false);
  });

  test('B019: depth 64', () => {
    const nested = `${'['.repeat(60)}${']'.repeat(60)}`;
    expect(cellsOf(`{"a":${nested}}`)).toEqual({ a: new JsonDocument(nested) });
  });

  test('B023: 4,096 columns', () => {
    const image = `{${Array.from({ length: 4_096 }, (_, index) => `"c${index}":${index}`).join()}}`;
    expect(Object.keys(cellsOf(image))).toHaveLength(4_096);
  });

  test('B024: 10,000 payloads', () => {
    expect(transactionOf(aRecord(`[${Array(10_000).fill(GOOD).join()}]`)).changes).toHaveLength(10_000);
  });

  test('B027: no payloads in the list, counted', () => {
    const decoder = new ErgateDecoder();
    expect(transactionOf(aRecord('[]'), decoder).changes).toEqual([]);
    expect(decoder.tally.emptyRecords).toBe(1);
  });

  test.each([
    't'.repeat(65),
    'a.b',
    'a`b',
    "a'b",
    'a"b',
    '$x',
    '[x]',
    'a\nb',
    '😀',
    'a; DROP TABLE b',
    '?',
    ':x',
    '@v',
    ' ',
  ])('B039, B040, B041: the name %j', (name) => {
    const quoted = JSON.stringify(name);
    const [change] = transactionOf(aRecord(`[{"op":"insert","table":${quoted},"new":{${quoted}:1}}]`)).changes;
    expect([change!.table, change!.after!.layout.names]).toEqual([name, [name]]);
  });

  test('B043, B044: names that differ in case or composition, and names that look like indexes, stay apart and in order', () => {
    const names = ['2', '1', 'a', 'A', 'caf\u00e9', 'cafe\u0301'];
    const image = `{${names.map((name) => `${JSON.stringify(name)}:1`).join()}}`;
    expect(transactionOf(aRecord(`[${anInsert(image)}]`)).changes[0]!.after!.layout.names).toEqual(names);
  });

  test.each(['""', '"yesterday"', '-1', '0', '1767225600', '253370764800000', 'null', '[]'])(
    'B045: with a source position, the commit time %s is left out and counted',
    (time) => {
      const decoder = new ErgateDecoder();
      const record = aRecord(`[${GOOD}]`).replace(String(COMMIT_TIME), time);
      expect(transactionOf(record, decoder)).toMatchObject({ commitTimeMs: undefined, changes: [{ op: 'insert' }] });
      expect(decoder.tally.refusedCommitTimes).toBe(1);
    },
  );

  test('B046: a commit time in the future', () => {
    const future = Date.UTC(2090, 0, 1);
    expect(transactionOf(aRecord('[]').replace(String(COMMIT_TIME), String(future))).commitTimeMs).toBe(future);
  });

  test('a record without source position', () => {
    expect(transactionOf(`{"commitTime":"${COMMIT_TIME}","source":null,"payloads":[${GOOD}]}`)).toMatchObject({
      commitTimeMs: COMMIT_TIME,
      position: undefined,
    });
  });

  test('B054: unknown fields, noted once each', () => {
    const decoder = new ErgateDecoder();
    const payload = GOOD.replace('{"op"', '{"shard":[{"x":"\\n"}],"op"');
    const record = aRecord(`[${payload},${payload}]`)
      .replace('"epoch"', '"gtid":"0-1-2","epoch"')
      .replace('{"commitTime"', '{"version":{"major":1},"commitTime"');
    expect(transactionOf(record, decoder)).toMatchObject({
      changes: [{ op: 'insert' }, { op: 'insert' }],
      position: { file: 3 },
      failures: [],
    });
    expect([...decoder.tally.unknownFields]).toEqual(['version', 'gtid', 'shard']);
  });
});
