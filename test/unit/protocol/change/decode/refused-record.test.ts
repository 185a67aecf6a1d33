/** The bad-input matrix of record envelopes, by its numbers: what refuses a whole record. */
import { describe, expect, test } from 'vitest';
import { ErgateDecoder } from '../../../../../protocol/change/decode/ergate-decoder.ts';
import { anInsert, aRecord, COMMIT_TIME, GOOD, refusalOf, SOURCE, transactionOf } from './ergate-record.ts';

function utf16(text: string, { isBig, hasMark }: { isBig: boolean; hasMark: boolean }): Buffer {
  const bytes = Buffer.from(hasMark ? `\ufeff${text}` : text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
}

const BEFORE_STRING = aRecord('[{"op":"insert","table":"t","new":{"a":"x').slice(0, -1);
/** Where the bytes of `inString` begin. */
const AT_STRING = new RegExp(`byte ${BEFORE_STRING.length}:`);

function inString(...bytes: number[]): Buffer {
  return Buffer.concat([Buffer.from(BEFORE_STRING), Buffer.from(bytes), Buffer.from('"}}]}')]);
}

describe('records that are refused whole', () => {
  const deep = (depth: number) => aRecord(`[${anInsert(`{"a":${'['.repeat(depth - 4)}${']'.repeat(depth - 4)}}`)}]`);
  const untimed = (time: string) => `{"commitTime":${time},"payloads":[${GOOD}]}`;
  const rows: [string, string | Buffer, string, RegExp?][] = [
    ['B001: no bytes', '', 'ERG_1001'],
    ['B003: a word', 'hello', 'ERG_1002', /byte 0:/],
    ['B003: XML', '<change/>', 'ERG_1002', /byte 0:/],
    ['B003: Avro of a schema registry', Buffer.from([0, 0, 0, 0, 1, 2, 14]), 'ERG_1003'],
    ['B003: white space only', ' \n', 'ERG_1002', /byte 2:/],
    ['B005: a comma behind the last payload', aRecord(`[${GOOD},]`), 'ERG_1002'],
    ['B005: a comma behind the last column', aRecord('[{"op":"insert","table":"t","new":{"a":1,}}]'), 'ERG_1002'],
    ['B005: a comma behind the last field', `{"payloads":[],"commitTime":${COMMIT_TIME},}`, 'ERG_1002'],
    ['B006: two byte order marks', `\ufeff\ufeff${aRecord('[]')}`, 'ERG_1002', /byte 3:/],
    ['B007: UTF-16 LE with mark', utf16(aRecord('[]'), { isBig: false, hasMark: true }), 'ERG_1004'],
    ['B007: UTF-16 BE with mark', utf16(aRecord('[]'), { isBig: true, hasMark: true }), 'ERG_1004'],
    ['B007: UTF-16 LE without mark', utf16(aRecord('[]'), { isBig: false, hasMark: false }), 'ERG_1004'],
    ['B007: UTF-16 BE without mark', utf16(aRecord('[]'), { isBig: true, hasMark: false }), 'ERG_1004'],
    ['B008: an invalid byte in a string', inString(0xff), 'ERG_1004', AT_STRING],
    ['B009: a surrogate pair as CESU-8', inString(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80), 'ERG_1004', AT_STRING],
    ['B009: an overlong form', inString(0xc0, 0xaf), 'ERG_1004', AT_STRING],
    ['B009: a form of six bytes', inString(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80), 'ERG_1004', AT_STRING],
    ['B009: a character cut in half', inString(0xe2, 0x82), 'ERG_1004', AT_STRING],
    ['B011: a raw tab in a string', inString(9), 'ERG_1002', AT_STRING],
    ['B011: a raw line feed in a string', inString(10), 'ERG_1002', AT_STRING],
    ['B011: a raw NUL in a string', inString(0), 'ERG_1002', AT_STRING],
    ['B019: depth 65', deep(65), 'ERG_1006'],
    ['B020: depth 5,000', deep(5_000), 'ERG_1006'],
    ['B020: depth 1,000,000', deep(1_000_000), 'ERG_1006'],
    ['B020: depth 1,000,000 at the top', '['.repeat(1_000_000), 'ERG_1006'],
    ['B021: more than 8 MiB', Buffer.alloc(8 * 1024 * 1024 + 1, 0x20), 'ERG_1007', /8388608 bytes, got 8388609/],
    ['B022: 600 MB, unread', Buffer.alloc(600_000_000), 'ERG_1007', /got 600000000/],
    ['B024: 20,000 payloads', aRecord(`[${Array(20_000).fill(GOOD).join()}]`), 'ERG_1009'],
    ['B025: an array', '[]', 'ERG_1010', /\/:/],
    ['B025: a string', '"x"', 'ERG_1010', /\/:/],
    ['B025: a number', '12', 'ERG_1010', /\/:/],
    ['B025: null', 'null', 'ERG_1010', /\/:/],
    ['B025: two objects', `${aRecord('[]')}{}`, 'ERG_1002'],
    ['B026: no payloads', `{"commitTime":${COMMIT_TIME}}`, 'ERG_1010', /\/payloads:/],
    ['B026: payloads null', aRecord('null'), 'ERG_1010', /\/payloads:/],
    ['B026: payloads an object', aRecord('{}'), 'ERG_1010', /\/payloads:/],
    ['B026: payloads a text', aRecord('"x"'), 'ERG_1010', /\/payloads:/],
    ['B014: payloads twice', `{"payloads":[${GOOD}],"payloads":[],"commitTime":${COMMIT_TIME}}`, 'ERG_1005'],
    ['B045: no commit time', `{"payloads":[${GOOD}]}`, 'ERG_1012'],
    ['B045: an empty commit time', untimed('""'), 'ERG_1012'],
    ['B045: yesterday', untimed('"yesterday"'), 'ERG_1012'],
    ['B045: a commit time of -1', untimed('-1'), 'ERG_1012'],
    ['B045: a commit time of 0', untimed('0'), 'ERG_1012'],
    ['B045: seconds instead of ms', untimed('1767225600'), 'ERG_1012'],
    ['B045: the year 9999', untimed('253370764800000'), 'ERG_1012'],
    ['B045: a commit time with an exponent', untimed('1.767e12'), 'ERG_1012'],
    ['B045: null', untimed('null'), 'ERG_1012'],
    ['B049: a position that is no integer', aRecord('[]').replace('456', '45.6'), 'ERG_1010', /\/source\/position:/],
    ['B049: a position beyond 15 digits', aRecord('[]').replace('456', '9'.repeat(19)), 'ERG_1010'],
    ['B049: a negative file', aRecord('[]').replace('"file":3', '"file":-3'), 'ERG_1010', /\/source\/file:/],
    ['B049: no ordinal', aRecord('[]').replace(',"ordinal":0', ''), 'ERG_1010', /\/source:/],
    ['B049: a source that is a text', aRecord('[]').replace(SOURCE, '"order-bin.000003"'), 'ERG_1010', /\/source:/],
  ];
  test.each(rows)('%s', (_what, value, code, message = /./) => {
    const refusal = refusalOf(value);
    expect([refusal.code, refusal.class]).toEqual([code, 'row']);
    expect(refusal.message).toMatch(message);
  });

  test.each([
    'NaN',
    'Infinity',
    '-Infinity',
    "'x'",
    '0x1F',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '1e+',
    '-',
    'nul',
    'True',
    'undefined',
    '/* */1',
    '1//',
    '"\\x41"',
    '"\\u00g0"',
    '"\\',
  ])('B012: the value %s', (value) => {
    expect(refusalOf(aRecord(`[${anInsert(`{"a":${value}}`)}]`)).code).toBe('ERG_1002');
    expect(refusalOf(`{"commitTime":${value}}`).code).toBe('ERG_1002');
  });

  test('B004: a record that is cut off at any byte', () => {
    const decoder = new ErgateDecoder();
    const update =
      '{"op":"update","table":"t","old":{"a":-1.5e3,"b":"\\u00e9\\n","c":[{"d":null}]},"new":{"a":2,"b":true}}';
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
