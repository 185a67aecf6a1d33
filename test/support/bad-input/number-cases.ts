/** Numbers, and what is none (B055 to B067). */
import { refused, stored } from './bad-case.ts';
import { typed, valueCases } from './base-table.ts';

const WRONG = refused('ERG_3301');
const LOSSY = refused('ERG_3302');
const OUT_OF_RANGE = refused('ERG_3202');

const BIGINT = typed('BIGINT NULL', '7');
const UNSIGNED = typed('BIGINT UNSIGNED NULL', '7');
const TINYINT = typed('TINYINT NULL', '7');
const BOOLEAN = typed('TINYINT(1) NULL', '0');
const BIT = typed('BIT(1) NULL', 'false', '0', 'v + 0');
const DECIMAL = typed('DECIMAL(10,2) NULL', '"1.50"', '1.50');
const WIDE = typed('DECIMAL(65,30) NULL', '"1.5"', `1.5${'0'.repeat(29)}`);
const DOUBLE = typed('DOUBLE NULL', '1.5', '1.5');
const FLOAT = typed('FLOAT NULL', '1.5', '1.5');
const VARCHAR = typed('VARCHAR(5) NULL', '"good"');
const REQUIRED = typed('INT NOT NULL', '7');

const MIN = '-9223372036854775808';
const MAX = '9223372036854775807';
const UNSIGNED_MAX = '18446744073709551615';
const WIDEST = `${'9'.repeat(35)}.${'9'.repeat(30)}`;

export const NUMBER_CASES = [
  ...valueCases('B055', BIGINT, [
    ['9007199254740993', stored('9007199254740993')],
    [MAX, stored(MAX)],
    [`"${MIN}"`, stored(MIN)],
  ]),
  ...valueCases('B055', UNSIGNED, [[UNSIGNED_MAX, stored(UNSIGNED_MAX)]]),
  ...valueCases('B056', BIGINT, [
    ['-9223372036854775809', OUT_OF_RANGE],
    ['9223372036854775808', OUT_OF_RANGE],
  ]),
  ...valueCases('B056', UNSIGNED, [['18446744073709551616', OUT_OF_RANGE]]),
  ...valueCases('B057', DOUBLE, [
    ['1e400', OUT_OF_RANGE],
    ['1e-400', stored('0'), 'The nearest double, as the source itself would store it.'],
    ['-0', stored('0'), 'MariaDB drops the sign of a zero.'],
    ['5e-324', stored('5e-324')],
  ]),
  ...valueCases('B057', DECIMAL, [
    ['1e400', OUT_OF_RANGE],
    ['1e-400', LOSSY],
    ['-0', stored('0.00')],
  ]),
  ...valueCases('B057', FLOAT, [['1e39', OUT_OF_RANGE]]),
  ...valueCases('B058', DECIMAL, [['1.10', stored('1.10')]]),
  ...valueCases('B058', WIDE, [['1.000000000000000005', stored('1.000000000000000005000000000000')]]),
  ...valueCases('B058', DOUBLE, [['0.30000000000000004', stored('0.30000000000000004')]]),
  ...valueCases('B059', WIDE, [
    [`"${WIDEST}"`, stored(WIDEST)],
    [`-${WIDEST}`, stored(`-${WIDEST}`)],
    [`1${'0'.repeat(35)}`, OUT_OF_RANGE],
  ]),
  ...valueCases('B059', DECIMAL, [['123456789012.5', OUT_OF_RANGE]]),
  ...valueCases('B060', DECIMAL, [
    ['1.005', LOSSY],
    ['"1.500"', stored('1.50')],
  ]),
  ...valueCases('B062', TINYINT, [
    ['300', OUT_OF_RANGE],
    ['-129', OUT_OF_RANGE],
  ]),
  ...valueCases('B062', UNSIGNED, [['-1', OUT_OF_RANGE]]),
  ...valueCases('B063', REQUIRED, [['null', refused('ERG_3204')]]),
  ...valueCases('B064', BIGINT, [
    ...['"abc"', '"12abc"', '" 12 "', '"0x10"', '"1e3"', '""', '1e3', '1.5'].map((v) => [v, WRONG] as const),
    ['"12"', stored('12')],
  ]),
  ...valueCases('B065', BOOLEAN, [
    ['true', stored('1')],
    ['false', stored('0')],
  ]),
  ...valueCases('B065', BIT, [['true', stored('1')]]),
  ...valueCases('B065', VARCHAR, [['true', WRONG]]),
  ...[BIGINT, DECIMAL, DOUBLE, BIT].flatMap((table) =>
    valueCases('B066', table, [
      ['{"a":1}', WRONG],
      ['[1]', WRONG],
    ]),
  ),
  ...valueCases('B066', typed('VARCHAR(40) NULL', '"good"'), [
    ['{"toSqlString":"1"}', stored('{"toSqlString":"1"}'), 'A text column takes the text of the document, unchanged.'],
  ]),
  ...valueCases('B067', DOUBLE, [
    ['"NaN"', WRONG],
    ['"Infinity"', WRONG],
    ['"undefined"', WRONG],
  ]),
];
