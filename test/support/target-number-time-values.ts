import {
  base64,
  bytes,
  integers,
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

export const NUMBER_AND_TIME_VALUES: readonly ValueType[] = [
  integers('TINYINT', '-128', '127'),
  integers('TINYINT UNSIGNED', '0', '255'),
  integers('SMALLINT', '-32768', '32767'),
  integers('SMALLINT UNSIGNED', '0', '65535'),
  integers('MEDIUMINT', '-8388608', '8388607'),
  integers('MEDIUMINT UNSIGNED', '0', '16777215'),
  integers('INT', '-2147483648', '2147483647'),
  integers('INT UNSIGNED', '0', '4294967295'),
  integers('BIGINT', '-9223372036854775808', '9223372036854775807'),
  integers('BIGINT UNSIGNED', '0', '18446744073709551615'),
  { type: 'BIGINT', cases: [...same('9007199254740993', '-9007199254740993'), ['007', '7'], ['-0', '0']] },
  {
    type: 'TINYINT(1)',
    cases: [
      [true, '1'],
      [false, '0'],
      ['2', '2'],
    ],
  },
  {
    type: 'DECIMAL(65,30)',
    isKey: true,
    cases: [
      ...same(
        '99999999999999999999999999999999999.999999999999999999999999999999',
        '-99999999999999999999999999999999999.999999999999999999999999999999',
        '0.000000000000000000000000000001',
      ),
      ['12.5e3', '12500.000000000000000000000000000000'],
      ['1e-30', '0.000000000000000000000000000001'],
      ['-0', '0.000000000000000000000000000000'],
      // With zeros that MySQL would refuse.
      [
        `-${'0'.repeat(60)}${'9'.repeat(35)}.${'9'.repeat(30)}${'0'.repeat(60)}`,
        `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
      ],
      ...refused(LOSSY, '0.0000000000000000000000000000001', '1e-31'),
      ...refused(OUT_OF_RANGE, '100000000000000000000000000000000000'),
      ['1e400', { MariaDB: OUT_OF_RANGE, MySQL: REFUSED }],
      ...refused(WRONG, 'abc', '1,5', '.5', '5.', '', 'NaN', 'Infinity', '1e', '0x1'),
    ],
  },
  {
    type: 'DECIMAL(10,2)',
    cases: [
      ['1.1', '1.10'],
      ['1.100', '1.10'],
      ['7', '7.00'],
      [true, '1.00'],
      ...refused(LOSSY, '1.005', '-0.001'),
      ...refused(OUT_OF_RANGE, '123456789012.5'),
    ],
  },
  { type: 'DECIMAL(5,0) UNSIGNED', cases: [...same('0', '99999'), ...refused(OUT_OF_RANGE, '-1', '100000')] },
  {
    type: 'FLOAT',
    isKey: true,
    read: 'float',
    cases: [
      ...same('1.1', '3.4028235e38', '1.17549435e-38', '-0.1', '16777217', '0'),
      ...refused(OUT_OF_RANGE, '3.5e38'),
      ...refused(WRONG, 'NaN', 'Infinity', '', '1.'),
    ],
  },
  {
    type: 'DOUBLE',
    isKey: true,
    read: 'double',
    cases: [
      ...same(
        '1.1',
        '1.7976931348623157e308',
        '2.2250738585072014e-308',
        '5e-324',
        '0',
        '0.1',
        '9007199254740993',
        '123456789.12345679',
      ),
      ...same(
        '0.30000000000000004',
        '1e22',
        '1e23',
        '4.9406564584124654e-324',
        '0.000000000000000000000000000000000001',
      ),
      ['-0.0', { MariaDB: '0', MySQL: '-0' }], // MariaDB drops the sign of a zero
      ...refused(OUT_OF_RANGE, '1e400'),
      ...refused(WRONG, 'NaN', '1e', true),
    ],
  },
  {
    type: 'DATE',
    isKey: true,
    cases: [
      ...same('1000-01-01', '9999-12-31', '0001-01-01', '0000-00-00', '2024-02-29', '2024-00-10', '2024-10-00'),
      ...refused(
        WRONG,
        '2024-02-30',
        '2023-02-29',
        '24-02-01',
        '2024-2-1',
        '2024-13-01',
        '20240201',
        '',
        '2024-01-01 00:00:00',
      ),
    ],
  },
  {
    type: 'DATETIME(6)',
    isKey: true,
    cases: [
      ...same(
        '1000-01-01 00:00:00.000000',
        '9999-12-31 23:59:59.999999',
        '0000-00-00 00:00:00.000000',
        '2024-03-10 02:30:00.000001',
      ),
      ['2024-01-01 00:00:00', '2024-01-01 00:00:00.000000'],
      ['2024-01-01T10:00:00.5', '2024-01-01 10:00:00.500000'],
      ...refused(
        WRONG,
        '2024-01-01 24:00:00',
        '2024-01-01 00:60:00',
        '2024-01-01 00:00:60',
        '2024-01-01 00:00:00Z',
        '2024-01-01 00:00:00.',
        '2024-01-01',
      ),
    ],
  },
  {
    type: 'DATETIME(3)',
    cases: [['2024-01-01 00:00:00.123000', '2024-01-01 00:00:00.123'], ...refused(LOSSY, '2024-01-01 00:00:00.1234')],
  },
  { type: 'DATETIME', cases: [...same('2024-01-01 00:00:00'), ...refused(LOSSY, '2024-01-01 00:00:00.5')] },
  {
    type: 'TIMESTAMP(6)',
    isKey: true,
    cases: [
      ...same(
        '1970-01-01 00:00:01.000000',
        '2038-01-19 03:14:07.999999',
        '0000-00-00 00:00:00.000000',
        '2024-03-31 01:30:00.000000',
      ),
      // MariaDB has times within the first second; MySQL has none before the first.
      ['1970-01-01 00:00:00.000001', { MariaDB: '1970-01-01 00:00:00.000001', MySQL: REFUSED }],
      ...refused(REFUSED, '1969-12-31 23:59:59', '1970-01-01 00:00:00', '2038-01-19 03:14:08', '9999-12-31 00:00:00'),
      ...refused(WRONG, '2024-01-01 00:00:00+00:00', '2024-01-01T00:00:00Z'),
    ],
  },
  {
    type: 'TIME(6)',
    isKey: true,
    cases: [
      ...same('-838:59:59.000000', '838:59:59.000000', '-00:00:00.000001', '-01:01:01.000001', '00:00:00.000000'),
      ['1:02:03', '01:02:03.000000'],
      ...refused(WRONG, '839:00:00', '12', '12:30', '10:60:00', '1 10:00:00'),
    ],
  },
  { type: 'TIME', cases: [...same('-838:59:59', '23:59:59'), ...refused(LOSSY, '00:00:00.5')] },
  {
    type: 'YEAR',
    isKey: true,
    cases: [
      ...same('1901', '2155', '0000'),
      ['0', '0000'],
      ...refused(WRONG, '69', '70', '1900', '2156', '20', '12345'),
    ],
  },
  {
    type: 'BIT(64)',
    read: 'bytes',
    isKey: true,
    cases: [
      ...bytes('ffffffffffffffff', '8000000000000000', '0000000000000001').map(
        ([c, o]): ValueCase => [c, String(o).replace(/^0+/, '')],
      ),
      [true, '1'],
      ...refused(WRONG, '5', 'x'),
    ],
  },
  {
    type: 'BIT(1)',
    read: 'bytes',
    cases: [[true, '1'], [false, '0'], [base64('01'), '1'], ...refused(TOO_LONG, base64('02'))],
  },
];
