import { expect, test } from 'vitest';
import type { ColumnKind, ColumnShape } from '../../../../../../actors/catalog/table-shape.ts';
import { chooseKeyLiteral, chooseLiteral } from '../../../../../../actors/target/mysql/literal/choose-literal.ts';
import { type Cell, JsonDocument } from '../../../../../../protocol/change/cell.ts';
import { aColumn } from '../../../../../support/target-table.ts';

const column = (kind: ColumnKind, type: string, more: Partial<ColumnShape> = {}) => aColumn('c', kind, type, more);

const BIGINT = column('integer', 'bigint(20) unsigned');
const DECIMAL = column('decimal', 'decimal(10,2)');
const FLOAT = column('float', 'float');
const DOUBLE = column('double', 'double');
const CHAR = column('text', 'char(4)', { maxLength: 4 });
const VARCHAR = column('text', 'varchar(4)', { maxLength: 4 });
const TEXT = column('text', 'text', { maxLength: 65_535 });
const BINARY = column('binary', 'binary(4)', { maxLength: 4 });
const BLOB = column('binary', 'blob', { maxLength: 65_535 });
const BIT = column('bit', 'bit(64)', { maxLength: 64 });
const DATETIME = column('datetime', 'datetime(3)', { fraction: 3 });
const TIME = column('time', 'time', { fraction: 0 });
const YEAR = column('year', 'year(4)');
const ENUM = column('enum', "enum('a','2')");
const JSON_COLUMN = column('json', 'longtext');

test.each<[ColumnShape, Cell, string]>([
  [BIGINT, '18446744073709551615', '18446744073709551615'],
  [BIGINT, true, '1'],
  [BIGINT, null, 'NULL'],
  [DECIMAL, '-1.50', '-1.50'],
  [DECIMAL, '1.5e1', "'1.5e1'"],
  [DECIMAL, '7.000', '7.000'],
  [FLOAT, '1.1', "'1.100000023841858'"],
  [FLOAT, '3.4028235e38', "'3.4028234663852886e+38'"],
  [FLOAT, '-0', "'-0'"],
  [FLOAT, '1e39', "'1e39'"],
  [DOUBLE, '1.1', "'1.1'"],
  [CHAR, 'ab  ', "'ab'"],
  [CHAR, '    ', "''"],
  [CHAR, "a' ", "'a\\''"],
  [VARCHAR, 'ab  ', "'ab  '"],
  [TEXT, "it's \\ \0 \x1a \n", "'it\\'s \\\\ \\0 \\Z \n'"],
  [TEXT, new JsonDocument('{"a":1}'), '\'{"a":1}\''],
  [BINARY, 'YQ==', "x'61000000'"],
  [BLOB, 'YQ==', "x'61'"],
  [BLOB, '', "x''"],
  [BIT, '//////////8=', '18446744073709551615'],
  [BIT, false, '0'],
  [DATETIME, '2024-01-01 00:00:00.120000', "'2024-01-01 00:00:00.120000'"],
  [TIME, '-838:59:59', "'-838:59:59'"],
  [YEAR, '0000', '0'],
  [ENUM, '2', "'2'"],
  [ENUM, 'b', "'b'"],
  [JSON_COLUMN, true, "'true'"],
  [JSON_COLUMN, '"x"', '\'"x"\''],
])('%o: %j is written as %s', (shape, cell, literal) => {
  expect(chooseLiteral(shape)(cell)).toBe(literal);
});

test.each<[ColumnShape, Cell, string]>([
  [BIGINT, '1.0', 'ERG_3301'],
  [BIGINT, '1e3', 'ERG_3301'],
  [BIGINT, new JsonDocument('[]'), 'ERG_3301'],
  [DECIMAL, '1.005', 'ERG_3302'],
  [DECIMAL, '15e-3', 'ERG_3302'],
  [DECIMAL, 'x', 'ERG_3301'],
  [DOUBLE, 'NaN', 'ERG_3301'],
  [CHAR, 'abcde', 'ERG_3302'],
  [VARCHAR, 'abcd ', 'ERG_3302'],
  [VARCHAR, '\ud800', 'ERG_3304'],
  [TEXT, true, 'ERG_3301'],
  [BLOB, 'YQ', 'ERG_3301'],
  [BIT, '7', 'ERG_3301'],
  [DATETIME, '2024-01-01 00:00:00.1234', 'ERG_3302'],
  [DATETIME, '2024-02-30 00:00:00', 'ERG_3301'],
  [TIME, '839:00:00', 'ERG_3301'],
  [YEAR, '69', 'ERG_3301'],
  [ENUM, '1', 'ERG_3301'],
  [column('unsupported', 'point'), 'x', 'ERG_3306'],
])('%o: %j is refused as %s, without the value in the message', (shape, cell, code) => {
  expect(() => chooseLiteral(shape)(cell)).toThrow(
    expect.objectContaining({
      code,
      context: { column: 'c' },
      message: expect.stringContaining(`column c (${shape.columnType})`),
    }),
  );
});

test('a key has no NULL', () => {
  expect(() => chooseKeyLiteral(BIGINT)(null)).toThrow(expect.objectContaining({ code: 'ERG_3303' }));
  expect(chooseKeyLiteral(BIGINT)('1')).toBe('1');
});
