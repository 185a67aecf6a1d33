/** The bad-input matrix of record envelopes, by its numbers; those that only a sink can decide are tested there. */
import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../../protocol/change/cell.ts';
import { type DecodedRecord, ErgateDecoder } from '../../../../../protocol/change/decode/ergate-decoder.ts';
import { findCell } from '../../../../../protocol/change/row-image.ts';
import type { SourceTransaction } from '../../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../../protocol/errors/replication-error.ts';

const COMMIT_TIME = 1_767_225_600_123;
const SOURCE = '{"epoch":1,"file":3,"position":456,"ordinal":0}';
const GOOD = '{"op":"insert","table":"orders","old":null,"new":{"id":7,"memo":"fine"}}';

function aRecord(payloads: string): string {
  return `{"commitTime":${COMMIT_TIME},"source":${SOURCE},"payloads":${payloads}}`;
}

function anInsert(image: string): string {
  return `{"op":"insert","table":"orders","old":null,"new":${image}}`;
}

function decode(value: string | Buffer, decoder = new ErgateDecoder()): DecodedRecord {
  return decoder.decode(Buffer.from(value));
}

function transactionOf(value: string | Buffer, decoder?: ErgateDecoder): SourceTransaction {
  const decoded = decode(value, decoder);
  if (decoded.kind !== 'transaction') {
    throw new Error('expected a transaction');
  }
  return decoded.transaction;
}

function refusalOf(value: string | Buffer): ReplicationError {
  try {
    decode(value);
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a refusal');
}

/** The cells of an inserted image, by name. */
function cellsOf(image: string): Record<string, unknown> {
  const { changes, failures } = transactionOf(aRecord(`[${anInsert(image)}]`));
  expect(failures).toEqual([]);
  const after = changes[0]!.after!;
  return Object.fromEntries(after.layout.names.map((name, index) => [name, after.cells[index]]));
}

function utf16(text: string, { isBig, hasMark }: { isBig: boolean; hasMark: boolean }): Buffer {
  const bytes = Buffer.from(hasMark ? `\ufeff${text}` : text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
}

function insertBytes(before: string, bytes: readonly number[], after: string): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}

const inString = (...bytes: number[]) => insertBytes(aRecord(`[${anInsert('{"a":"x')}`).slice(0, -1), bytes, '"}}]}');

test('decodes changes with their images, commit time and source position', () => {
  const update = '{"op":"update","table":"orders","old":{"id":7,"memo":null},"new":{"id":7,"memo":"새 주문"}}';
  const remove = '{"op":"delete","table":"orders","old":{"id":8,"memo":""},"new":null}';
  const transaction = transactionOf(aRecord(`[${GOOD},${update},${remove}]`));
  expect(transaction.commitTimeMs).toBe(COMMIT_TIME);
  expect(transaction.position).toEqual({ epoch: 1, file: 3, position: 456, ordinal: 0 });
  expect(transaction.failures).toEqual([]);
  expect(transaction.changes.map(({ op, table, before, after }) => [op, table, before?.cells, after?.cells])).toEqual([
    ['insert', 'orders', undefined, ['7', 'fine']],
    ['update', 'orders', ['7', null], ['7', '새 주문']],
    ['delete', 'orders', ['8', ''], undefined],
  ]);
});

test('decodes the heartbeat of a capture', () => {
  const decoded = decode(`{"heartbeat":{"capture":"order"},"commitTime":${COMMIT_TIME}}`);
  expect(decoded).toEqual({ kind: 'heartbeat', commitTimeMs: COMMIT_TIME, capture: 'order' });
});

test.each([
  ['no object', `{"heartbeat":1,"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['no capture', `{"heartbeat":{},"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['a capture that is no text', `{"heartbeat":{"capture":[1]},"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['payloads beside it', `{"heartbeat":{"capture":"a"},"payloads":[],"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['no commit time', '{"heartbeat":{"capture":"a"}}', 'ERG_1012'],
])('a heartbeat with %s is refused', (_, value, code) => {
  expect(refusalOf(value).code).toBe(code);
});

test('numbers keep their source text, other values their meaning', () => {
  const image =
    '{"a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":-1.5E+3,"f":true,"g":false,"h":null,"i":{"z":1.10, "a":[]},"j":[ 1 ,"é" ]}';
  expect(cellsOf(image)).toEqual({
    a: '12345678901234567890',
    b: '1.10',
    c: '1e400',
    d: '-0',
    e: '-1.5E+3',
    f: true,
    g: false,
    h: null,
    i: new JsonDocument('{"z":1.10, "a":[]}'),
    j: new JsonDocument('[ 1 ,"é" ]'),
  });
});

test('fields may come in any order and with white space between them', () => {
  const payload = '{ "new" : { "id" : 7 } , "old" : { "id" : 6 } ,\n\t"table":"orders", "op" : "update" }';
  const { changes } = transactionOf(` {"payloads":[ ${payload} ],"source":${SOURCE},"commitTime": ${COMMIT_TIME} }\r\n`);
  expect(changes[0]!.before!.cells).toEqual(['6']);
  expect(changes[0]!.after!.cells).toEqual(['7']);
});

describe('records that are refused whole', () => {
  const deep = (depth: number) => aRecord(`[${anInsert(`{"a":${'['.repeat(depth - 4)}${']'.repeat(depth - 4)}}`)}]`);
  const untimed = (time: string) => `{"commitTime":${time},"payloads":[${GOOD}]}`;
  const rows: [string, string, string | Buffer, string, RegExp?][] = [
    ['B001', 'no bytes', '', 'ERG_1001'],
    ['B003', 'a word', 'hello', 'ERG_1002', /byte 0:/],
    ['B003', 'XML', '<change/>', 'ERG_1002', /byte 0:/],
    ['B003', 'Avro of a schema registry', Buffer.from([0, 0, 0, 0, 1, 2, 14]), 'ERG_1003'],
    ['B003', 'white space only', ' \n', 'ERG_1002', /byte 2:/],
    ['B005', 'a comma behind the last payload', aRecord(`[${GOOD},]`), 'ERG_1002'],
    ['B005', 'a comma behind the last column', aRecord('[{"op":"insert","table":"t","new":{"a":1,}}]'), 'ERG_1002'],
    ['B005', 'a comma behind the last field', `{"payloads":[],"commitTime":${COMMIT_TIME},}`, 'ERG_1002'],
    ['B006', 'two byte order marks', `\ufeff\ufeff${aRecord('[]')}`, 'ERG_1002', /byte 3:/],
    ['B007', 'UTF-16 LE with mark', utf16(aRecord('[]'), { isBig: false, hasMark: true }), 'ERG_1004'],
    ['B007', 'UTF-16 BE with mark', utf16(aRecord('[]'), { isBig: true, hasMark: true }), 'ERG_1004'],
    ['B007', 'UTF-16 LE without mark', utf16(aRecord('[]'), { isBig: false, hasMark: false }), 'ERG_1004'],
    ['B007', 'UTF-16 BE without mark', utf16(aRecord('[]'), { isBig: true, hasMark: false }), 'ERG_1004'],
    ['B008', 'an invalid byte in a string', inString(0xff), 'ERG_1004', /byte 131:/],
    ['B009', 'a surrogate pair as CESU-8', inString(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80), 'ERG_1004', /byte 131:/],
    ['B009', 'an overlong form', inString(0xc0, 0xaf), 'ERG_1004', /byte 131:/],
    ['B009', 'a form of six bytes', inString(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80), 'ERG_1004', /byte 131:/],
    ['B009', 'a character cut in half', inString(0xe2, 0x82), 'ERG_1004', /byte 131:/],
    ['B011', 'a raw tab in a string', inString(9), 'ERG_1002', /byte 131:/],
    ['B011', 'a raw line feed in a string', inString(10), 'ERG_1002', /byte 131:/],
    ['B011', 'a raw NUL in a string', inString(0), 'ERG_1002', /byte 131:/],
    ['B019', 'depth 65', deep(65), 'ERG_1006'],
    ['B020', 'depth 5,000', deep(5_000), 'ERG_1006'],
    ['B020', 'depth 1,000,000', deep(1_000_000), 'ERG_1006'],
    ['B020', 'depth 1,000,000 at the top', '['.repeat(1_000_000), 'ERG_1006'],
    ['B021', 'more than 8 MiB', Buffer.alloc(8 * 1024 * 1024 + 1, 0x20), 'ERG_1007', /8388608 bytes, got 8388609/],
    ['B024', '20,000 payloads', aRecord(`[${Array(20_000).fill(GOOD).join()}]`), 'ERG_1009'],
    ['B025', 'an array', '[]', 'ERG_1010', /\/:/],
    ['B025', 'a string', '"x"', 'ERG_1010', /\/:/],
    ['B025', 'a number', '12', 'ERG_1010', /\/:/],
    ['B025', 'null', 'null', 'ERG_1010', /\/:/],
    ['B025', 'two objects', `${aRecord('[]')}{}`, 'ERG_1002'],
    ['B026', 'no payloads', `{"commitTime":${COMMIT_TIME}}`, 'ERG_1010', /\/payloads:/],
    ['B026', 'payloads null', aRecord('null'), 'ERG_1010', /\/payloads:/],
    ['B026', 'payloads an object', aRecord('{}'), 'ERG_1010', /\/payloads:/],
    ['B026', 'payloads a text', aRecord('"x"'), 'ERG_1010', /\/payloads:/],
    ['B014', 'payloads twice', `{"payloads":[${GOOD}],"payloads":[],"commitTime":${COMMIT_TIME}}`, 'ERG_1005'],
    ['B045', 'no commit time', `{"payloads":[${GOOD}]}`, 'ERG_1012'],
    ['B045', 'an empty commit time', untimed('""'), 'ERG_1012'],
    ['B045', 'yesterday', untimed('"yesterday"'), 'ERG_1012'],
    ['B045', 'a commit time of -1', untimed('-1'), 'ERG_1012'],
    ['B045', 'a commit time of 0', untimed('0'), 'ERG_1012'],
    ['B045', 'seconds instead of ms', untimed('1767225600'), 'ERG_1012'],
    ['B045', 'the year 9999', untimed('253370764800000'), 'ERG_1012'],
    ['B045', 'a commit time with an exponent', untimed('1.767e12'), 'ERG_1012'],
    ['B045', 'null', untimed('null'), 'ERG_1012'],
    ['B049', 'a position that is no integer', aRecord('[]').replace('456', '45.6'), 'ERG_1010', /\/source\/position:/],
    ['B049', 'a position beyond 15 digits', aRecord('[]').replace('456', '9'.repeat(19)), 'ERG_1010'],
    ['B049', 'a negative file', aRecord('[]').replace('"file":3', '"file":-3'), 'ERG_1010', /\/source\/file:/],
    ['B049', 'no ordinal', aRecord('[]').replace(',"ordinal":0', ''), 'ERG_1010', /\/source:/],
    ['B049', 'a source that is a text', aRecord('[]').replace(SOURCE, '"order-bin.000003"'), 'ERG_1010', /\/source:/],
  ];
  test.each(rows)('%s: %s', (_number, _what, value, code, message = /./) => {
    const refusal = refusalOf(value);
    expect([refusal.code, refusal.class]).toEqual([code, 'row']);
    expect(refusal.message).toMatch(message);
  });

  test.each(['NaN', 'Infinity', '-Infinity', "'x'", '0x1F', '01', '+1', '.5', '1.', '1e', '1e+', '-', 'nul', 'True', 'undefined', '/* */1', '1//', '"\\x41"', '"\\u00g0"', '"\\'])(
    'B012: the value %s',
    (value) => {
      expect(refusalOf(aRecord(`[${anInsert(`{"a":${value}}`)}]`)).code).toBe('ERG_1002');
      expect(refusalOf(`{"commitTime":${value}}`).code).toBe('ERG_1002');
    },
  );

  test('B004: a record that is cut off at any byte', () => {
    const decoder = new ErgateDecoder();
    const update = '{"op":"update","table":"t","old":{"a":-1.5e3,"b":"\\u00e9\\n","c":[{"d":null}]},"new":{"a":2,"b":true}}';
    const record = Buffer.from(aRecord(`[${GOOD},${update}]`));
    for (let length = 1; length < record.length; length++) {
      expect(() => decoder.decode(record.subarray(0, length)), `${length} bytes`).toThrow(/^ERG_1002: byte \d+: /);
    }
    expect(transactionOf(record, decoder).changes).toHaveLength(2);
  });

  test('messages never hold values', () => {
    const secret = 'S3CRET';
    const broken = [
      aRecord(`[${anInsert(`{"a":"${secret}","a":"other"}`)}]`),
      aRecord(`[{"op":"${secret}","table":"t"}]`),
      aRecord(`[${anInsert(`{"a":"${secret}\t"}`)}]`),
      aRecord(`"${secret}"`),
    ];
    for (const value of broken) {
      const messages = (() => {
        try {
          return transactionOf(value).failures.map(({ message }) => message);
        } catch (error) {
          return [String(error)];
        }
      })();
      expect(messages).toHaveLength(1);
      expect(messages[0]).not.toContain(secret);
    }
  });
});

describe('payloads that are refused while the others are decoded', () => {
  const image = '{"id":1}';
  const columns = (count: number) => `{${Array.from({ length: count }, (_, index) => `"c${index}":1`).join()}}`;
  const rows: [string, string, string, string, RegExp?][] = [
    ['B010', 'half a surrogate pair', anInsert('{"a":"\\ud800"}'), 'ERG_1004'],
    ['B010', 'the wrong half first', anInsert('{"a":"\\udc00\\ud800"}'), 'ERG_1004'],
    ['B010', 'half a pair in a nested document', anInsert('{"a":{"b":"\\ud83d x"}}'), 'ERG_1004'],
    ['B010', 'half a pair in a column name', anInsert('{"\\udfff":1}'), 'ERG_1004'],
    ['B014', 'a column twice with different values', anInsert('{"a":1,"b":2,"a":3}'), 'ERG_1005', /column "a"/],
    ['B014', 'a column twice, as number and null', anInsert('{"a":1,"a":null}'), 'ERG_1005'],
    ['B015', 'a column twice, once by escapes', anInsert('{"a":1,"\\u0061":2}'), 'ERG_1005', /column "a"/],
    ['B014', 'a field twice', '{"op":"insert","table":"t","new":{},"new":{}}', 'ERG_1005', /new comes twice/],
    ['B023', '4,097 columns', anInsert(columns(4_097)), 'ERG_1008'],
    ['B023', '200,000 columns', anInsert(columns(200_000)), 'ERG_1008'],
    ['B028', 'null', 'null', 'ERG_1010', /^\/payloads\/1: /],
    ['B028', 'a number', '5', 'ERG_1010', /^\/payloads\/1: /],
    ['B028', 'an array', '[1,[2]]', 'ERG_1010', /^\/payloads\/1: /],
    ['B029', 'no op', `{"table":"t","new":${image}}`, 'ERG_1011'],
    ['B029', 'op upsert', `{"op":"upsert","table":"t","new":${image}}`, 'ERG_1011'],
    ['B029', 'op UPDATE', `{"op":"UPDATE","table":"t","old":${image},"new":${image}}`, 'ERG_1011'],
    ['B029', 'op truncate', '{"op":"truncate","table":"t","old":null,"new":null}', 'ERG_1011'],
    ['B029', 'op a number', `{"op":1,"table":"t","new":${image}}`, 'ERG_1011'],
    ['B030', 'an insert with new null', '{"op":"insert","table":"t","old":null,"new":null}', 'ERG_1010', /new:/],
    ['B030', 'an insert without new', '{"op":"insert","table":"t","old":null}', 'ERG_1010', /new:/],
    ['B030', 'an insert with old', `{"op":"insert","table":"t","old":${image},"new":${image}}`, 'ERG_1010', /old:/],
    ['B030', 'a delete with old null', '{"op":"delete","table":"t","old":null,"new":null}', 'ERG_1010', /old:/],
    ['B030', 'a delete with new', `{"op":"delete","table":"t","old":${image},"new":${image}}`, 'ERG_1010', /new:/],
    ['B030', 'an update with old null', `{"op":"update","table":"t","old":null,"new":${image}}`, 'ERG_1010', /old:/],
    ['B030', 'an update with new null', `{"op":"update","table":"t","old":${image},"new":null}`, 'ERG_1010', /new:/],
    ['B030', 'an image that is an array', '{"op":"insert","table":"t","new":[1]}', 'ERG_1010', /new:/],
    ['B030', 'an image that is a text', '{"op":"insert","table":"t","new":"{}"}', 'ERG_1010', /new:/],
    ['B036', 'no table', `{"op":"insert","new":${image}}`, 'ERG_1010', /table:/],
    ['B036', 'an empty table name', `{"op":"insert","table":"","new":${image}}`, 'ERG_1010', /table:/],
    ['B036', 'a table name that is a number', `{"op":"insert","table":1,"new":${image}}`, 'ERG_1010', /table:/],
    ['B039', 'a table name with NUL', `{"op":"insert","table":"a\\u0000b","new":${image}}`, 'ERG_1013'],
    ['B042', 'an empty column name', anInsert('{"":1}'), 'ERG_1013'],
    ['B042', 'a column name with NUL', anInsert('{"a":1,"b\\u0000":1}'), 'ERG_1013'],
  ];
  test.each(rows)('%s: %s', (_number, _what, payload, code, message = /./) => {
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

  test.each(['t'.repeat(65), 'a.b', 'a`b', "a'b", 'a"b', '$x', '[x]', 'a\nb', '😀', 'a; DROP TABLE b', '?', ':x', '@v', ' '])(
    'B039, B040, B041: the name %j',
    (name) => {
      const quoted = JSON.stringify(name);
      const [change] = transactionOf(aRecord(`[{"op":"insert","table":${quoted},"new":{${quoted}:1}}]`)).changes;
      expect([change!.table, change!.after!.layout.names]).toEqual([name, [name]]);
    },
  );

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

describe('layouts', () => {
  const layoutOf = (decoder: ErgateDecoder, table: string, image: string) =>
    transactionOf(aRecord(`[{"op":"insert","table":"${table}","new":${image}}]`), decoder).changes[0]!.after!.layout;

  test('images of the same table and names share one layout, however the names are spelled', () => {
    const decoder = new ErgateDecoder();
    const first = layoutOf(decoder, 't', '{"a":1,"b":2}');
    const other = layoutOf(decoder, 't', '{"a":1,"c":2}');
    expect(other.names).toEqual(['a', 'c']);
    expect(layoutOf(decoder, 't', '{"a":3,"b":null}')).toBe(first);
    expect(layoutOf(decoder, 't', '{ "\\u0061" : 3, "b":"x"}')).toBe(first);
    expect(layoutOf(decoder, 't', '{"a":3,"c":null}')).toBe(other);
    expect(layoutOf(decoder, 't', '{"b":1,"a":2}')).not.toBe(first);
    expect(layoutOf(decoder, 't', '{"a":1}').names).toEqual(['a']);
    expect(layoutOf(decoder, 'u', '{"a":1,"b":2}')).not.toBe(first);
  });

  test('are forgotten and learned anew when records come with ever new names', () => {
    const decoder = new ErgateDecoder();
    const first = layoutOf(decoder, 't', '{"a":1}');
    for (let round = 0; round < 50; round++) {
      const image = `{${Array.from({ length: 4_096 }, (_, index) => `"r${round}c${index}":1`).join()}}`;
      expect(layoutOf(decoder, 't', image).names[4_095]).toBe(`r${round}c4095`);
    }
    const again = layoutOf(decoder, 't', '{"a":1}');
    expect(again.names).toEqual(['a']);
    expect(again).not.toBe(first);
  });
});
