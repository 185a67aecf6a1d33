import { describe, expect, test } from 'vitest';
import { type Cell, JsonDocument } from '../../../../protocol/change/cell.ts';
import type { KeyColumnShape } from '../../../../protocol/change/key/plan-key-column.ts';
import { encodeOrderKey, encodeRowKey, planRowKey } from '../../../../protocol/change/row-key.ts';

function aColumn(kind: KeyColumnShape['kind'], columnType: string, collation?: string): KeyColumnShape {
  return { name: 'k', kind, columnType, collation };
}

const BIGINT = aColumn('integer', 'bigint(20) unsigned');
const VARCHAR_BIN = aColumn('text', 'varchar(40)', 'utf8mb4_bin');
const VARCHAR_CI = aColumn('text', 'varchar(40)', 'utf8mb4_general_ci');
const VARCHAR_0900 = aColumn('text', 'varchar(40)', 'utf8mb4_0900_ai_ci');

const rowKey = (column: KeyColumnShape, cell: Cell | undefined) => encodeRowKey(planRowKey('t', [column]), [cell]);
const orderKey = (column: KeyColumnShape, cell: Cell) => encodeOrderKey(planRowKey('t', [column]), [cell]);

test('names table and values, so that people can read it', () => {
  expect(encodeRowKey(planRowKey('orders', [BIGINT]), ['42'])).toBe('6:orders/1n42');
  expect(encodeRowKey(planRowKey('line', [BIGINT, VARCHAR_BIN]), ['42', 'a:b'])).toBe('4:line/2n2:42sa:b');
});

describe('B034: different rows have different keys', () => {
  const pairs: [readonly Cell[], readonly Cell[]][] = [
    [
      ['a\t', 'b'],
      ['a', '\tb'],
    ],
    [
      ['1', '23'],
      ['12', '3'],
    ],
    [
      ['1:2', ''],
      ['1', ':2'],
    ],
    [
      ['', 'a'],
      ['a', ''],
    ],
  ];
  test.each(pairs)('%j and %j', (left, right) => {
    const plan = planRowKey('t', [VARCHAR_BIN, VARCHAR_BIN]);
    expect(encodeRowKey(plan, left)).not.toBe(encodeRowKey(plan, right));
    expect(encodeOrderKey(plan, left)).not.toBe(encodeOrderKey(plan, right));
  });

  test('tables, and types of one text', () => {
    const keys = [
      encodeRowKey(planRowKey('t', [BIGINT]), ['1']),
      encodeRowKey(planRowKey('t1', [BIGINT]), ['1']),
      encodeRowKey(planRowKey('t', [VARCHAR_BIN]), ['1']),
      encodeRowKey(planRowKey('t', [BIGINT, BIGINT]), ['1', '1']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('cells that are the same value have the same key', () => {
  const rows: [string, KeyColumnShape, readonly Cell[]][] = [
    ['B035: integer 1', BIGINT, ['1', '01', '001', '+1', ' 1', '1 ', '1.0', '1.', '1e0', '10e-1', '0.1e1', true]],
    ['integer 0', BIGINT, ['0', '-0', '00', '0.0', '0e9', false]],
    ['large integers', BIGINT, ['18446744073709551615', '018446744073709551615', '1844674407370955161.5e1']],
    ['negative integers', aColumn('integer', 'int(11)'), ['-5', '-05', '-5.0', '-0.5e1']],
    ['decimals', aColumn('decimal', 'decimal(10,2)'), ['1.1', '1.10', '01.1', '11e-1', '0.11E+1', '+1.100']],
    ['small decimals', aColumn('decimal', 'decimal(30,20)'), ['0.001', '.001e0'.replace('.', '0.'), '1e-3', '0.0010']],
    ['decimals without fraction', aColumn('decimal', 'decimal(10,2)'), ['1000', '1e3', '1000.00', '1.0e3']],
    ['years', aColumn('year', 'year(4)'), ['0', '0000']],
    ['floats', aColumn('float', 'float'), ['1.1', '1.10', '1.100000023841858', '11e-1']],
    ['doubles', aColumn('double', 'double'), ['0', '-0', '0.0', '-0e5', '1e-999']],
    ['times of day with date', aColumn('datetime', 'datetime(6)'), ['2026-01-02 03:04:05', '2026-01-02T03:04:05.000']],
    ['fractions', aColumn('timestamp', 'timestamp(6)'), ['2026-01-02 03:04:05.12', '2026-01-02 03:04:05.120000']],
    ['times', aColumn('time', 'time(3)'), ['01:02:03', '1:02:03', '001:02:03.000']],
    ['time zero', aColumn('time', 'time'), ['00:00:00', '-00:00:00', '-0:00:00.0']],
    ['bits', aColumn('bit', 'bit(16)'), ['AQ==', 'AAE=', 'AAAB', true]],
    ['bits of 0', aColumn('bit', 'bit(16)'), ['AA==', 'AAA=', false]],
    ['BINARY(n)', aColumn('binary', 'binary(4)'), ['AQ==', 'AQA=', 'AQAAAA==']],
    ['BINARY(n) of NULs', aColumn('binary', 'binary(4)'), ['', 'AA==', 'AAAAAA==']],
    ['texts of a padded collation', VARCHAR_BIN, ['a', 'a ', 'a   ']],
    ['CHAR, which loses its spaces when stored', aColumn('text', 'char(9)', 'utf8mb4_0900_bin'), ['a', 'a ']],
    ['sets', aColumn('set', "set('a','b')", 'utf8mb4_bin'), ['a,b', 'b,a', 'a,b,a']],
  ];
  test.each(rows)('%s', (_, column, cells) => {
    expect(new Set(cells.map((cell) => rowKey(column, cell))).size).toBe(1);
    expect(new Set(cells.map((cell) => orderKey(column, cell))).size).toBe(1);
  });
});

describe('cells that are different values have different keys', () => {
  const rows: [string, KeyColumnShape, readonly Cell[]][] = [
    ['B035: texts', VARCHAR_BIN, ['1', '01', ' 1', '1.0', '+1']],
    ['integers', BIGINT, ['1', '-1', '10', '9007199254740992', '9007199254740993', '18446744073709551615']],
    ['decimals', aColumn('decimal', 'decimal(20,4)'), ['1', '0.1', '0.01', '-0.1', '10', '1.0001']],
    ['doubles', aColumn('double', 'double'), ['1.1', '1.1000000000000003', '-1.1']],
    ['times', aColumn('datetime', 'datetime(6)'), ['2026-01-02 03:04:05', '2026-01-02 03:04:05.000001']],
    ['negative times', aColumn('time', 'time'), ['01:00:00', '-01:00:00', '100:00:00']],
    ['bytes, NULs at the end count', aColumn('binary', 'varbinary(9)'), ['', 'AA==', 'AAA=', 'AQ==', 'AQA=']],
    ['BINARY(n), NULs in front count', aColumn('binary', 'binary(4)'), ['AQ==', 'AAE=', 'EA==']],
    ['texts in another case', VARCHAR_CI, ['abc', 'ABC', 'äbc']],
    ['texts of a collation that does not pad', VARCHAR_0900, ['a', 'a ']],
    ['texts of an unknown collation', aColumn('text', 'varchar(9)'), ['a', 'a ']],
    ['spaces in front', VARCHAR_CI, ['a', ' a']],
  ];
  test.each(rows)('%s', (_, column, cells) => {
    expect(new Set(cells.map((cell) => rowKey(column, cell))).size).toBe(cells.length);
  });
});

describe('the order key does not separate what a collation may take for equal', () => {
  const rows: [string, KeyColumnShape, readonly string[]][] = [
    ['case, accents and spaces at the end', VARCHAR_CI, ['Café-12', 'CAFE-12', 'cafe\u0301-12', 'café-12  ']],
    ['letters that become two', VARCHAR_0900, ['straße1', 'STRASSE1', 'æ1', 'AE1']],
    ['digits of other scripts and widths', VARCHAR_0900, ['12', '１２', '١٢', '१२', '①②', '𝟏𝟐']],
    [
      'characters that weigh nothing',
      VARCHAR_0900,
      ['12', '1\u200b2', '1\u00ad2', '\u00012'].map((text) => text.replace('\u0001', '1\u0001')),
    ],
    ['all characters beyond U+FFFF, in old collations', VARCHAR_CI, ['😀7', '🍣7', '𝟏7']],
    ['names of an ENUM', aColumn('enum', "enum('New1')", 'utf8mb4_general_ci'), ['New1', 'NEW1']],
    ['sets in any order', aColumn('set', "set('a1','B2')", 'utf8mb4_general_ci'), ['a1,B2', 'b2,A1']],
    ['an unknown collation', aColumn('text', 'varchar(9)'), ['a1', 'A1 ']],
  ];
  test.each(rows)('%s', (_, column, cells) => {
    expect(planRowKey('t', [column]).isExact).toBe(false);
    expect(new Set(cells.map((cell) => orderKey(column, cell))).size).toBe(1);
  });

  test('and still tells numbered keys apart', () => {
    expect(orderKey(VARCHAR_CI, 'ORD-2026-0001')).not.toBe(orderKey(VARCHAR_CI, 'ORD-2026-0002'));
  });

  test.each([BIGINT, VARCHAR_BIN, aColumn('binary', 'varbinary(9)'), aColumn('datetime', 'datetime')])(
    'it is the row key for columns without such a collation: $columnType $collation',
    (column) => {
      expect(planRowKey('t', [column]).isExact).toBe(true);
    },
  );
});

describe('cells that are no key', () => {
  test('a key column that is missing or NULL', () => {
    expect(() => rowKey(BIGINT, undefined)).toThrow(/^ERG_3303: key column k is missing/);
    expect(() => rowKey(BIGINT, null)).toThrow(/^ERG_3303: key column k is NULL/);
  });

  const rows: [string, KeyColumnShape, readonly Cell[]][] = [
    ['integer', BIGINT, ['', ' ', 'x', '1x', '1.5', '1e-1', '0x1', '--1', '1 2', '1e401', '.5', new JsonDocument('1')]],
    ['decimal', aColumn('decimal', 'decimal(9,2)'), ['', '1,5', 'e1', '1e', 'NaN', new JsonDocument('[1]')]],
    ['float', aColumn('float', 'float'), ['', '1e39', 'Infinity', true]],
    ['date', aColumn('date', 'date'), ['', '2026-1-2', '2026-01-02 00:00:00', '20260102']],
    ['datetime', aColumn('datetime', 'datetime'), ['', '2026-01-02', '2026-01-02 03:04', '2026-01-02 03:04:05Z']],
    ['time', aColumn('time', 'time'), ['', '1', '1:2:3', '1000:00:00']],
    ['bit', aColumn('bit', 'bit(1)'), ['', '1', 'x', new JsonDocument('{}')]],
    ['binary', aColumn('binary', 'varbinary(9)'), ['A', 'AQ', 'AR==', '%%%%', true]],
    ['text', VARCHAR_BIN, [true, new JsonDocument('{}')]],
    ['text of another collation', VARCHAR_CI, [false, new JsonDocument('{}')]],
    ['json', aColumn('json', 'json'), ['{}']],
    ['geometry', aColumn('geometry', 'point'), ['x']],
  ];
  test.each(rows)('%s', (_, column, cells) => {
    for (const cell of cells) {
      expect(() => rowKey(column, cell), String(cell)).toThrow(/^ERG_3301: key column k: expected /);
    }
  });
});
