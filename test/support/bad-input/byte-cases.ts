/** Records whose bytes are wrong: no JSON, no Unicode, too large, too deep (B001 to B028). */
import { counted, refused, rowsAre, stored, undecodable } from './bad-case.ts';
import { aCase, recordOf, updateOf } from './base-table.ts';
import { ergateRecord, sourceText } from './record-format.ts';

const MARK = '\ufeff';

function utf16(text: string, isBig: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
}

/** The record with these bytes where the value of v has a "?". */
function withBytes(record: string, ...bytes: readonly number[]): Buffer {
  const at = record.indexOf('?');
  return Buffer.concat([Buffer.from(record.slice(0, at)), Buffer.from(bytes), Buffer.from(record.slice(at + 1))]);
}

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
/** Containers around the value of a column. */
const COLUMN_DEPTH = 4;

const MIB = 1024 * 1024;

export const BYTE_CASES = [
  aCase(['B001', 'no bytes'], () => '', undecodable('ERG_1001')),
  aCase(['B002', 'a tombstone'], () => null, counted({ tombstones: 1 })),
  aCase(['B003', 'a word, XML, white space'], () => ['hello', '<change/>', ' \n'], undecodable('ERG_1002')),
  aCase(['B003', 'Avro of a schema registry'], () => Buffer.from([0, 0, 0, 0, 1, 2, 14]), undecodable('ERG_1003')),
  aCase(
    ['B004', 'cut off at each of its bytes'],
    (site) => {
      const record = Buffer.from(recordOf(site, '"\\n\\u00e9"'));
      return Array.from({ length: record.length - 1 }, (_, index) => record.subarray(0, index + 1));
    },
    undecodable('ERG_1002'),
  ),
  aCase(
    ['B005', 'commas at the end of lists and objects'],
    (site) => [
      ergateRecord(site.position(), `[${updateOf(site, '"x"')},]`),
      recordOf(site, '"x",'),
      recordOf(site, '"x"').replace(/\}$/, ',}'),
    ],
    undecodable('ERG_1002'),
  ),
  aCase(['B006', 'a byte order mark in front'], (site) => MARK + recordOf(site, '"x"'), stored('x')),
  aCase(['B006', 'two of them'], (site) => MARK + MARK + recordOf(site, '"x"'), undecodable('ERG_1002')),
  aCase(
    ['B007', 'UTF-16, both ways, with and without mark'],
    (site) => [MARK, ''].flatMap((mark) => [true, false].map((isBig) => utf16(mark + recordOf(site, '"x"'), isBig))),
    undecodable('ERG_1004'),
  ),
  aCase(
    ['B008', 'a byte that is no UTF-8'],
    (site) => withBytes(recordOf(site, '"a?"'), 0xff),
    undecodable('ERG_1004'),
  ),
  aCase(
    ['B009', 'surrogates, overlong forms, six bytes, half a character'],
    (site) => [
      withBytes(recordOf(site, '"?"'), 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
      withBytes(recordOf(site, '"?"'), 0xc0, 0xaf),
      withBytes(recordOf(site, '"?"'), 0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
      withBytes(recordOf(site, '"?"'), 0xe2, 0x82),
    ],
    undecodable('ERG_1004'),
  ),
  aCase(
    ['B010', 'half a surrogate pair by escape'],
    (site) => [recordOf(site, '"\\ud800"'), recordOf(site, '"\\udc00\\ud800"'), recordOf(site, '[{"a":"\\udfff"}]')],
    refused('ERG_1004', 'decode'),
  ),
  aCase(
    ['B011', 'raw tab, line feed and NUL in a text'],
    (site) => ['\t', '\n', '\0'].map((raw) => recordOf(site, `"a${raw}b"`)),
    undecodable('ERG_1002'),
  ),
  aCase(
    ['B012', 'NaN, Infinity, comments, single quotes, hex, odd numbers and escapes'],
    (site) =>
      ['NaN', '-Infinity', "'x'", '0x1F', '01', '+1', '.5', '1.', '1e', '-', 'True', '/* */1', '1//', '"\\x41"'].map(
        (value) => recordOf(site, value),
      ),
    undecodable('ERG_1002'),
  ),
  aCase(
    ['B013', 'a column twice, with equal values'],
    (site) => recordOf(site, '"x","v":"x"'),
    stored('x', { counts: { repeatedColumns: 1 } }),
  ),
  aCase(
    ['B014', 'a column twice, with different values'],
    (site) => [recordOf(site, '"x","v":"y"'), recordOf(site, '"x","v":null')],
    refused('ERG_1005', 'decode'),
  ),
  aCase(
    ['B014', 'the list of payloads twice'],
    (site) => recordOf(site, '"x"').replace(/\}$/, ',"payloads":[]}'),
    undecodable('ERG_1005'),
  ),
  aCase(
    ['B015', 'a column twice, once by escapes'],
    (site) => recordOf(site, '"x","\\u0076":"y"'),
    refused('ERG_1005', 'decode'),
  ),
  aCase(['B019', 'depth 64'], (site) => recordOf(site, nested(10)), stored(nested(10))),
  aCase(['B019', 'depth 65'], (site) => recordOf(site, nested(65 - COLUMN_DEPTH)), undecodable('ERG_1006')),
  aCase(
    ['B020', 'depth 5,000 and 1,000,000'],
    (site) => [recordOf(site, nested(5_000)), recordOf(site, nested(1_000_000)), '['.repeat(1_000_000)],
    undecodable('ERG_1006'),
  ),
  aCase(['B021', '20 MiB'], (site) => recordOf(site, `"${'x'.repeat(20 * MIB)}"`), undecodable('ERG_1007')),
  aCase(
    ['B023', '200,000 columns'],
    (site) => recordOf(site, `"x",${Array.from({ length: 200_000 }, (_, index) => `"c${index}":1`).join()}`),
    refused('ERG_1008', 'decode'),
  ),
  aCase(
    ['B024', '10,000 payloads'],
    (site) => {
      const v = (value: number) => updateOf(site, `"${value}"`);
      return ergateRecord(site.position(), `[${Array.from({ length: 10_000 }, (_, value) => v(value)).join()}]`);
    },
    stored('9999'),
  ),
  aCase(
    ['B024', '10,001 payloads'],
    (site) => ergateRecord(site.position(), `[${Array(10_001).fill(updateOf(site, '"x"')).join()}]`),
    undecodable('ERG_1009'),
  ),
  aCase(
    ['B025', 'no object at the top'],
    () => ['[]', '"x"', '12', 'null', '[{"payloads":[]}]'],
    undecodable('ERG_1010'),
  ),
  aCase(
    ['B026', 'payloads missing or no list'],
    (site) => [
      `{"commitTime":1767225600000,"source":${sourceText(site.position())}}`,
      ...['null', '{}', '"x"'].map((payloads) => ergateRecord(site.position(), payloads)),
    ],
    undecodable('ERG_1010'),
  ),
  aCase(['B027', 'no payloads'], (site) => ergateRecord(site.position(), '[]'), counted({ emptyRecords: 1 })),
  aCase(
    ['B028', 'a payload that is null, a number, a list'],
    (site) => ['null', '5', '[1,[2]]'].map((payload) => ergateRecord(site.position(), `[${payload}]`)),
    refused('ERG_1010', 'decode'),
  ),
  aCase(
    ['B028', 'among good ones'],
    (site) => ergateRecord(site.position(), `[${updateOf(site, '"a"')},null,${updateOf(site, '"b"')}]`),
    {
      ...refused('ERG_1010', 'decode', 1),
      rows: rowsAre(({ id }) => [[String(id), 'b', 'after']]).rows,
    },
  ),
];
