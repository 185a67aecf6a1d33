import { JsonDocument } from '../../protocol/change/cell.ts';
import {
  base64,
  bytes,
  CHECKED,
  LOSSY,
  NOT_UNICODE,
  REFUSED,
  refused,
  same,
  TOO_LONG,
  type ValueCase,
  type ValueType,
  WRONG,
} from './target-value-case.ts';

const HARD_TEXTS = [
  '',
  "it's",
  "''",
  "\\'",
  '\\',
  '\\\\n',
  'a"b`c',
  'nul\0nul',
  'ctrl-z\x1a',
  'line\nfeed\r\ttab',
  '%_\\%\\_',
  '-- x; DROP TABLE t; #/*',
  '?',
  ':name ?? ${x}',
  '한글',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  'e\u0301',
  'Z\u0335\u0310a\u034f',
  '\u202eabc',
  '\u200b',
  '\ufeff',
  '\ufffe',
];

/** MySQL would round them. */
const keptByText = (...documents: readonly string[]): readonly ValueCase[] =>
  documents.map((text) => [text, { MariaDB: text, MySQL: LOSSY }]);

export const TEXT_VALUES: readonly ValueType[] = [
  {
    type: "ENUM('a','b''c','한','1','')",
    isKey: true,
    cases: [
      ...same('a', "b'c", '한', '1', ''),
      ['A', 'a'],
      ...refused(REFUSED, 'z', 'ab'),
      ...refused(WRONG, '2', true),
    ],
  },
  {
    type: "SET('x','y','10')",
    isKey: true,
    cases: [
      ...same('', 'x', 'x,y', 'x,y,10'),
      ['y,x,x', 'x,y'],
      ...refused(REFUSED, 'z', 'x,z'),
      ...refused(WRONG, '3'),
    ],
  },
  {
    type: 'CHAR(5)',
    isKey: true,
    cases: [
      ...same('abcde', '😀😀😀😀😀'),
      ['ab  ', 'ab'],
      ['   ', ''],
      ...refused(LOSSY, 'abcdef', 'abcde ', '😀😀😀😀😀😀'),
    ],
  },
  {
    type: 'VARCHAR(64) COLLATE utf8mb4_bin',
    isKey: true,
    cases: [
      ...same(...HARD_TEXTS, 'ab  ', ' ab', '123', 'x'.repeat(64), '😀'.repeat(64)),
      ...refused(LOSSY, 'x'.repeat(65), `${'x'.repeat(64)} `),
      ...refused(NOT_UNICODE, '\ud800', 'a\udc00b'),
      ...refused(WRONG, true),
    ],
  },
  { type: 'VARCHAR(20) CHARACTER SET utf8mb3', cases: [...same('한글', "it's"), ...refused(REFUSED, '😀')] },
  { type: 'VARCHAR(20) CHARACTER SET latin1', cases: [...same('café', '\\'), ...refused(REFUSED, '한글')] },
  { type: 'VARCHAR(20) CHARACTER SET euckr', cases: [...same('한글', "\\'"), ...refused(REFUSED, '😀')] },
  { type: 'TINYTEXT', cases: [...same('x'.repeat(255)), ...refused(TOO_LONG, 'x'.repeat(256), '한'.repeat(86))] },
  { type: 'TEXT', cases: [...same(...HARD_TEXTS, 'y'.repeat(65_535)), ...refused(TOO_LONG, 'y'.repeat(65_536))] },
  { type: 'MEDIUMTEXT', cases: same('z'.repeat(1_000_000)) },
  { type: 'LONGTEXT', cases: [[new JsonDocument('{"b": 1, "a": [1.0]}'), '{"b": 1, "a": [1.0]}']] },
  {
    type: 'BINARY(4)',
    read: 'bytes',
    isKey: true,
    cases: [
      ...bytes('00ff275c', '20202020'),
      [base64('61'), '61000000'],
      ['', '00000000'],
      ...refused(TOO_LONG, base64('0102030405')),
      ...refused(WRONG, 'xyz', 'YQ', 'YR==', '????'),
    ],
  },
  {
    type: 'VARBINARY(8)',
    read: 'bytes',
    isKey: true,
    cases: [
      ...bytes('00', '5c27', '0000', 'ffffffffffffffff', '6100'),
      ['', ''],
      ...refused(TOO_LONG, base64('010203040506070809')),
    ],
  },
  {
    type: 'BLOB',
    read: 'bytes',
    cases: [...bytes(Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('hex')), ['', '']],
  },
  {
    type: 'JSON',
    cases: [
      [
        new JsonDocument('{"a":9007199254740993,"b":[1.50,null],"c":"\\u00e9\\n"}'),
        {
          MariaDB: '{"a":9007199254740993,"b":[1.50,null],"c":"\\u00e9\\n"}',
          MySQL: '{"a": 9007199254740993, "b": [1.5, null], "c": "é\\n"}',
        },
      ],
      ['{"text":"it\'s"}', { MariaDB: '{"text":"it\'s"}', MySQL: '{"text": "it\'s"}' }],
      ['"한"', '"한"'],
      [true, 'true'],
      ...same('1', 'null', '[-9223372036854775808, 18446744073709551615, 0.1, -0.5]', '"1.000000000000000005"'),
      ['[1.50, 1e2]', { MariaDB: '[1.50, 1e2]', MySQL: '[1.5, 100.0]' }],
      // MySQL: as DECIMAL within the document.
      ...same('1.000000000000000005', '[18446744073709551616]', `-${'9'.repeat(35)}.${'9'.repeat(30)}`),
      ['{"a":-9223372036854775809}', { MariaDB: '{"a":-9223372036854775809}', MySQL: '{"a": -9223372036854775809}' }],
      ...keptByText('1e400', '1.00000000000000000005e1', `1.${'0'.repeat(30)}1`),
      ...refused(CHECKED, '{', '', "{'a':1}", 'abc'),
    ],
  },
  {
    type: 'UUID',
    only: 'MariaDB',
    isKey: true,
    cases: [...same('123e4567-e89b-12d3-a456-426614174000'), ...refused(REFUSED, 'xyz')],
  },
  { type: 'INET6', only: 'MariaDB', cases: [...same('::1'), ...refused(REFUSED, 'xyz')] },
];
