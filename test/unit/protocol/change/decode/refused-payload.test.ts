/** The bad-input matrix of record envelopes, by its numbers: what refuses one payload and leaves the others. */
import { describe, expect, test } from 'vitest';
import { anInsert, aRecord, GOOD, refusalOf, transactionOf } from './ergate-record.ts';

describe('payloads that are refused while the others are decoded', () => {
  const image = '{"id":1}';
  const columns = (count: number) => `{${Array.from({ length: count }, (_, index) => `"c${index}":1`).join()}}`;
  const rows: [string, string, string, RegExp?][] = [
    ['B010: half a surrogate pair', anInsert('{"a":"\\ud800"}'), 'ERG_1004'],
    ['B010: the wrong half first', anInsert('{"a":"\\udc00\\ud800"}'), 'ERG_1004'],
    ['B010: half a pair in a nested document', anInsert('{"a":{"b":"\\ud83d x"}}'), 'ERG_1004'],
    ['B010: half a pair in a column name', anInsert('{"\\udfff":1}'), 'ERG_1004'],
    ['B014: a column twice with different values', anInsert('{"a":1,"b":2,"a":3}'), 'ERG_1005', /column "a"/],
    ['B014: a column twice, as number and null', anInsert('{"a":1,"a":null}'), 'ERG_1005'],
    ['B015: a column twice, once by escapes', anInsert('{"a":1,"\\u0061":2}'), 'ERG_1005', /column "a"/],
    ['B014: a field twice', '{"op":"insert","table":"t","new":{},"new":{}}', 'ERG_1005', /new comes twice/],
    ['B023: 4,097 columns', anInsert(columns(4_097)), 'ERG_1008'],
    ['B023: 200,000 columns', anInsert(columns(200_000)), 'ERG_1008'],
    ['B028: null', 'null', 'ERG_1010', /^\/payloads\/1: /],
    ['B028: a number', '5', 'ERG_1010', /^\/payloads\/1: /],
    ['B028: an array', '[1,[2]]', 'ERG_1010', /^\/payloads\/1: /],
    ['B029: no op', `{"table":"t","new":${image}}`, 'ERG_1011'],
    ['B029: op upsert', `{"op":"upsert","table":"t","new":${image}}`, 'ERG_1011'],
    ['B029: op UPDATE', `{"op":"UPDATE","table":"t","old":${image},"new":${image}}`, 'ERG_1011'],
    ['B029: op truncate', '{"op":"truncate","table":"t","old":null,"new":null}', 'ERG_1011'],
    ['B029: op a number', `{"op":1,"table":"t","new":${image}}`, 'ERG_1011'],
    ['B030: an insert with new null', '{"op":"insert","table":"t","old":null,"new":null}', 'ERG_1010', /new:/],
    ['B030: an insert without new', '{"op":"insert","table":"t","old":null}', 'ERG_1010', /new:/],
    ['B030: an insert with old', `{"op":"insert","table":"t","old":${image},"new":${image}}`, 'ERG_1010', /old:/],
    ['B030: a delete with old null', '{"op":"delete","table":"t","old":null,"new":null}', 'ERG_1010', /old:/],
    ['B030: a delete with new', `{"op":"delete","table":"t","old":${image},"new":${image}}`, 'ERG_1010', /new:/],
    ['B030: an update with old null', `{"op":"update","table":"t","old":null,"new":${image}}`, 'ERG_1010', /old:/],
    ['B030: an update with new null', `{"op":"update","table":"t","old":${image},"new":null}`, 'ERG_1010', /new:/],
    ['B030: an image that is an array', '{"op":"insert","table":"t","new":[1]}', 'ERG_1010', /new:/],
    ['B030: an image that is a text', '{"op":"insert","table":"t","new":"{}"}', 'ERG_1010', /new:/],
    ['B036: no table', `{"op":"insert","new":${image}}`, 'ERG_1010', /table:/],
    ['B036: an empty table name', `{"op":"insert","table":"","new":${image}}`, 'ERG_1010', /table:/],
    ['B036: a table name that is a number', `{"op":"insert","table":1,"new":${image}}`, 'ERG_1010', /table:/],
    ['B039: a table name with NUL', `{"op":"insert","table":"a\\u0000b","new":${image}}`, 'ERG_1013'],
    ['B042: an empty column name', anInsert('{"":1}'), 'ERG_1013'],
    ['B042: a column name with NUL', anInsert('{"a":1,"b\\u0000":1}'), 'ERG_1013'],
  ];
  test.each(rows)('%s', (_what, payload, code, message = /./) => {
    const { changes, failures } = transactionOf(aRecord(`[${GOOD},${payload},${GOOD}]`));
    expect(failures.map((failure) => [failure.payloadIndex, failure.code])).toEqual([[1, code]]);
    expect(failures[0]!.message).toMatch(message);
    expect(changes.map(({ after }) => after?.cells)).toEqual([
      ['7', 'fine'],
      ['7', 'fine'],
    ]);
  });

  test('a refused payload that is no JSON refuses the record', () => {
    expect(refusalOf(aRecord(`[${GOOD},{"op":"upsert","table":"t","new":{"a":tru}},${GOOD}]`)).code).toBe('ERG_1002');
  });
});
