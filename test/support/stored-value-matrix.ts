/** What the matrix of the capture has not, and what the text protocol shows otherwise than it is stored. */
import type { FlavourName } from './database-flavours.ts';

type StoredValue = readonly [type: string, sql: string];

export const MORE_STORED_VALUES: readonly StoredValue[] = [
  ['FLOAT', "'-0.0'"],
  ['DOUBLE', "'-0.0'"],
  ['FLOAT', "'14.2204'"],
  ['FLOAT', '1e-40'],
  ['FLOAT', '1e21'],
  ['FLOAT', '-123456.7'],
  ['FLOAT(7,3) UNSIGNED ZEROFILL', '1.5'],
  ['DOUBLE', '1e21'],
  ['DOUBLE', '1e20'],
  ['DOUBLE', '0.0000001'],
  ['DOUBLE', '0.000001'],
  ['DOUBLE(20,3)', '1234567.891'],
  ['DECIMAL(10,2) ZEROFILL', '1.5'],
  ['DECIMAL(10,0) ZEROFILL', '0'],
  ['BIGINT ZEROFILL', '7'],
  ['VARCHAR(9) CHARACTER SET utf8mb3', "'?é한'"],
  ['VARCHAR(9) CHARACTER SET sjis', "'??'"],
  ['VARCHAR(9) CHARACTER SET utf16', "x'003ffffd'"],
  ['VARCHAR(9) CHARACTER SET ascii', "'?'"],
  ['VARCHAR(9) CHARACTER SET cp932', "x'fa54'"],
  ["SET('한','나') CHARACTER SET euckr", "'나,한'"],
  ['LONGTEXT', "REPEAT('한?', 30000)"],
  ['LONGBLOB', "REPEAT(x'00', 70000)"],
  ['INT AS (id + 1) STORED', 'DEFAULT'],
];

export const MORE_STORED_VALUES_OF: Readonly<Record<FlavourName, readonly StoredValue[]>> = {
  MariaDB: [['VARCHAR(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_uca1400_ai_ci', "'é'"]],
  MySQL: [
    ['JSON', `'[1e20, 1e21, 1e-5, 1e-6, 1e-7, 1.5e-7, 123456789.125, 1e15, 1e16, 1e17, -1e22, 0.0, 5e-324]'`],
    ['JSON', 'JSON_ARRAY(1.10, 100.0, 0.00, 1e0, CAST(3 AS DECIMAL(20,3)), 12345678901234567890.5)'],
    ['JSON', `'{"1.5e3": "1.5e3", "a\\\\"1e5": [1.5e3, "\\\\\\\\", 1e2]}'`],
    ['JSON', `JSON_QUOTE(_utf8mb4 x'00011f7f2f0809e280a83c')`],
    ['JSON', `'""'`],
    ['JSON', `'1e30'`],
  ],
};
