/** Dates and times (B068 to B074). */
import { refused, stored } from './bad-case.ts';
import { typed, valueCases } from './base-table.ts';

const WRONG = refused('ERG_3301');
const LOSSY = refused('ERG_3302');
const REFUSED = refused('ERG_3203');

const DATE = typed('DATE NULL', '"2026-01-01"');
const DATETIME = typed('DATETIME NULL', '"2026-01-01 00:00:00"');
const DATETIME_3 = typed('DATETIME(3) NULL', '"2026-01-01 00:00:00.123"');
const DATETIME_6 = typed('DATETIME(6) NULL', '"2026-01-01 00:00:00.123456"');
const TIMESTAMP = typed('TIMESTAMP NULL', '"2026-01-01 00:00:00"');
const TIME = typed('TIME NULL', '"12:00:00"');
const TIME_6 = typed('TIME(6) NULL', '"12:00:00.123456"');
const YEAR = typed('YEAR NULL', '"2026"', '2026');

const same = (...values: readonly string[]) => values.map((value) => [`"${value}"`, stored(value)] as const);

export const TIME_CASES = [
  ...valueCases('B068', DATE, [['"2024-02-30"', WRONG], ['"2023-02-29"', WRONG], ...same('2024-02-29')]),
  ...valueCases('B068', DATETIME, [['"2024-02-30 00:00:00"', WRONG]]),
  ...valueCases('B069', DATE, same('0000-00-00', '2024-00-10', '2024-10-00')),
  ...valueCases('B069', DATETIME, same('0000-00-00 00:00:00')),
  ...valueCases('B070', TIME, [...same('-838:59:59', '838:59:59'), ['"839:00:00"', WRONG]]),
  ...valueCases('B070', TIME_6, same('-00:00:00.000001', '-01:01:01.000001')),
  ...valueCases('B071', TIMESTAMP, [
    ['"1970-01-01 00:00:00"', REFUSED],
    ['"2038-01-19 03:14:08"', REFUSED],
    ...same('1970-01-01 00:00:01', '2038-01-19 03:14:07'),
  ]),
  ...valueCases('B072', TIMESTAMP, same('2026-03-29 02:30:00', '2026-10-25 02:30:00')),
  ...valueCases('B073', DATETIME_3, [
    ['"2026-01-01 00:00:00.123456"', LOSSY],
    ['"2026-01-01 00:00:00.123000"', stored('2026-01-01 00:00:00.123')],
  ]),
  ...valueCases('B073', DATETIME_6, [['"2026-01-01 00:00:00"', stored('2026-01-01 00:00:00.000000')]]),
  ...valueCases('B074', YEAR, [
    ['0', stored('0000')],
    ...['69', '70', '1900', '2156', '"69"'].map((year) => [year, WRONG] as const),
    ...same('1901', '2155'),
  ]),
  ...valueCases('B074', DATE, [
    ['"69-01-01"', WRONG],
    ['"169-01-01"', WRONG],
    ['"20260101"', WRONG],
    ['20260101', WRONG],
  ]),
];
