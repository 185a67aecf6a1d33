/** The rest of the value matrix: what each type does at its edges. */
import { GEOMETRIES, inWgs84 } from './geometries.ts';
import {
  base64,
  bytes,
  CHECKED,
  LOSSY,
  OUT_OF_RANGE,
  REFUSED,
  refused,
  same,
  TOO_LONG,
  type ValueCase,
  type ValueType,
  WRONG,
} from './target-value-case.ts';

const NUMBERS: readonly ValueType[] = [
  {
    type: 'FLOAT(7,3)',
    isKey: true,
    read: 'float',
    cases: [
      ...same('1.234', '-9999.999', '0.001', '1.5'),
      ['1.2339999675750732', '1.234'], // the double that the 32-bit value is
      ...refused(LOSSY, '1.2345', '0.0004', '-0.0005'),
      ...refused(OUT_OF_RANGE, '10000', '-99999'),
    ],
  },
  {
    type: 'DOUBLE(10,2)',
    read: 'double',
    cases: [
      ...same('1.5', '-0.01', '99999999.99', '0.1', '12345678.9'),
      ...refused(LOSSY, '1.005', '0.001'),
      ...refused(OUT_OF_RANGE, '100000000'),
    ],
  },
  {
    type: 'FLOAT UNSIGNED',
    read: 'float',
    cases: [...same('0', '1.1', '3.4028235e38', '1e-45', '16777216'), ...refused(OUT_OF_RANGE, '-1', '-1e-45')],
  },
  {
    type: 'FLOAT',
    read: 'float',
    cases: [
      ...same('1e-45', '-1.4e-45', '1.1754942e-38', '1.1754944e-38', '8388608.5', '16777216', '33554434'),
      ['3.40282347e38', '3.4028235e38'],
      ['1.0000000596046448', '1'], // a hair above the middle of two, but the server goes by the double, which is the middle
      ['7e-46', '0'], // less than half of the smallest one
    ],
  },
  {
    type: 'DOUBLE',
    read: 'double',
    cases: [
      ...same('-1.7976931348623157e308', '2.225073858507201e-308', '9007199254740992', '-9007199254740994'),
      ...same('195.02283761769058', '3.448722154270796e-163', '2.633264478415739e189', '0.1e1', '123e-2'),
      ['2.4703282292062327e-324', '0'],
      ['2.4703282292062328e-324', '5e-324'],
    ],
  },
  {
    type: 'INT(5) UNSIGNED ZEROFILL',
    cases: [['42', '00042'], ['00042', '00042'], ...same('4294967295')],
  },
];

/** The largest value of a BIT of so many bits, and one bit more. */
function bits(width: number): ValueType {
  const hex = (value: bigint) => base64(value.toString(16).padStart(Math.ceil(width / 8) * 2 + 2, '0'));
  const max = 2n ** BigInt(width) - 1n;
  return {
    type: `BIT(${width})`,
    read: 'bytes',
    cases: [
      [hex(max), max.toString(16).toUpperCase()],
      [hex(1n), '1'],
      ['AA==', '0'],
      ...refused(width === 64 ? OUT_OF_RANGE : TOO_LONG, hex(max + 1n)),
      ...refused(WRONG, '', '1'),
    ],
  };
}

const SET_OF_64 = Array.from({ length: 64 }, (_, at) => `m${at}`);

const CHOICES: readonly ValueType[] = [
  {
    type: String.raw`ENUM('a,b','c"d','e\\f','g''h',' i','0')`,
    isKey: true,
    cases: [
      ...same('a,b', 'c"d', 'e\\f', "g'h", ' i', '0'),
      ...refused(REFUSED, 'a', 'b', 'i'),
      ...refused(WRONG, '1', ' 2', '-1', '+3'),
    ],
  },
  // '' is what a server shows of the error value, which no session in strict mode can write.
  { type: "ENUM('x','y')", cases: [...same('x', 'y'), ...refused(REFUSED, ''), ...refused(WRONG, '0')] },
  { type: "ENUM('가','나') CHARACTER SET euckr", isKey: true, cases: [...same('가', '나'), ...refused(REFUSED, '다')] },
  {
    type: `SET(${SET_OF_64.map((member) => `'${member}'`).join(',')})`,
    cases: same('m0', 'm31', 'm32', 'm63', 'm0,m31,m32,m63', SET_OF_64.join(','), ''),
  },
  {
    type: String.raw`SET('q''q','d"d','b\\b',' s')`,
    isKey: true,
    cases: [...same("q'q", 'd"d', 'b\\b', `q'q,d"d,b\\b, s`), ...refused(REFUSED, 'q', 's', "q'q,")],
  },
];

const TEXTS: readonly ValueType[] = [
  {
    type: 'CHAR(255)',
    cases: [
      ...same('x'.repeat(255), '😀'.repeat(255)),
      [`a${' '.repeat(254)}`, 'a'],
      ...refused(LOSSY, 'x'.repeat(256)),
    ],
  },
  { type: 'VARCHAR(255) CHARACTER SET utf16', cases: same('a\0한😀 ', 'é'.repeat(255)) },
  { type: 'VARCHAR(20) CHARACTER SET ucs2', cases: [...same('한글 '), ...refused(REFUSED, '😀')] },
  { type: 'VARCHAR(20) CHARACTER SET utf32', cases: same('a😀') },
  { type: 'VARCHAR(20) CHARACTER SET ascii', cases: [...same('~\x7f'), ...refused(REFUSED, 'é')] },
  // Characters whose last byte is the one of a backslash.
  { type: 'VARCHAR(20) CHARACTER SET sjis', cases: [...same('表ソ', "\\'"), ...refused(REFUSED, '한')] },
  { type: 'VARCHAR(20) CHARACTER SET gbk', cases: [...same('誠', "\\'"), ...refused(REFUSED, '한')] },
  {
    type: 'VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin',
    isKey: true,
    cases: same('é', 'e', '€', '\x81', ' é'),
  },
];

/** MySQL puts a space behind each comma and colon. */
const spaced = (...documents: readonly string[]): readonly ValueCase[] =>
  documents.map((text) => [text, { MariaDB: text, MySQL: text.replaceAll(/[,:]/g, '$& ') }]);

/** What MariaDB keeps as a text, and MySQL would change. */
const changed = (...documents: readonly string[]): readonly ValueCase[] =>
  documents.map((text) => [text, { MariaDB: text, MySQL: LOSSY }]);

const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

const JSON_EDGES: ValueType = {
  type: 'JSON',
  cases: [
    // MySQL reads the text of each of these doubles as a neighbour of it.
    ...spaced('[195.02283761769058,3.448722154270796e-163,29014440162.380894]'),
    ...spaced('{"a":{"b\\"":[1,5e-324]},"c.d":0.30000000000000004,"한":1.7976931348623157e308}'),
    ['195.02283761769058', '195.02283761769058'],
    ['-0.0', '-0.0'],
    ['-0', { MariaDB: '-0', MySQL: '-0.0' }],
    ...changed('{"a":1,"a":2}', String.raw`{"a":1,"b":{},"\u0061":1}`, '1e-400'),
    [String.raw`"\u0000 \ud83d\ude00"`, { MariaDB: String.raw`"\u0000 \ud83d\ude00"`, MySQL: '"\\u0000 😀"' }],
    ...spaced('{"b":1,"aa":2}', '{"":1}'),
    ...same(nested(31)),
    // The check of MariaDB goes 32 levels deep, MySQL 100.
    ...[nested(32), nested(100)].map((text): ValueCase => [text, { MariaDB: CHECKED, MySQL: text }]),
    ...refused(CHECKED, nested(101), String.raw`"\ud800"`, '[1,]', '01', '{"a":1}x', 'NaN'),
  ],
};

const GEOMETRY: readonly ValueType[] = [
  {
    type: 'GEOMETRY',
    read: 'bytes',
    cases: [
      ...bytes(...Object.values(GEOMETRIES), inWgs84(GEOMETRIES.polygon)),
      ...refused(WRONG, 'POINT(1 1)', '', base64(GEOMETRIES.point.slice(8)), base64(`${GEOMETRIES.point}00`)),
    ],
  },
  {
    type: 'POINT',
    read: 'bytes',
    cases: [...bytes(GEOMETRIES.point, inWgs84(GEOMETRIES.point)), ...refused(REFUSED, base64(GEOMETRIES.line))],
  },
  {
    type: 'LINESTRING',
    read: 'bytes',
    cases: [...bytes(GEOMETRIES.line), ...refused(REFUSED, base64(GEOMETRIES.point))],
  },
  { type: 'POLYGON', read: 'bytes', cases: bytes(GEOMETRIES.polygon) },
  { type: 'MULTIPOINT', read: 'bytes', cases: bytes(GEOMETRIES.points) },
  { type: 'MULTILINESTRING', read: 'bytes', cases: bytes(GEOMETRIES.lines) },
  { type: 'MULTIPOLYGON', read: 'bytes', cases: bytes(GEOMETRIES.polygons) },
  { type: 'GEOMETRYCOLLECTION', read: 'bytes', cases: bytes(GEOMETRIES.collection, GEOMETRIES.empty) },
];

export const BOUNDARY_VALUES: readonly ValueType[] = [
  ...NUMBERS,
  ...[1, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64].map(bits),
  ...CHOICES,
  ...TEXTS,
  JSON_EDGES,
  ...GEOMETRY,
];
