/** Primary keys that are missing, odd, or easily taken for another (B031 to B035). */
import { type BadCase, type CaseTable, refused, rowsAre, stored } from './bad-case.ts';
import { aCase, imageOf, insertOf, onePayload } from './base-table.ts';
import { ergateRecord } from './record-format.ts';

const COMPOSITE: CaseTable = {
  name: 'composite',
  columns: "id VARCHAR(40) NOT NULL, part VARCHAR(40) NOT NULL DEFAULT '', v VARCHAR(40) NULL",
  keys: 'PRIMARY KEY (id, part)',
  good: '"part":"","v":"good"',
  keyRest: ',"part":""',
  goodValue: 'good',
  isOwn: true,
};

const TEXT_KEY: CaseTable = {
  name: 'text_key',
  columns: 'id VARCHAR(40) COLLATE utf8mb4_bin NOT NULL, v VARCHAR(40) NULL',
  good: '"v":"good"',
  goodValue: 'good',
  isOwn: true,
};

const keyed = (name: string, columns: string): CaseTable => ({ ...TEXT_KEY, name, columns });

export const KEY_CASES: readonly BadCase[] = [
  aCase(
    ['B031', 'another primary key: the old row is deleted, the new one written'],
    (site) =>
      ergateRecord(
        site.position(),
        `[{"op":"update","table":"${site.table}","old":${imageOf(site, '"x"')},"new":{"id":"${site.id + 1}","v":"moved","note":"bad"}}]`,
      ),
    rowsAre(({ id }) => [
      [String(id), null, 'after'], // made anew by the good record behind it, which has not all columns
      [String(id + 1), 'moved', 'bad'],
    ]),
  ),
  aCase(
    ['B032', 'no primary key'],
    (site) => onePayload(insertOf(site.table, '{"v":"x"}'))(site),
    refused('ERG_3303', 'route'),
  ),
  aCase(
    ['B033', 'a primary key that is NULL'],
    (site) => onePayload(insertOf(site.table, '{"id":null,"v":"x"}'))(site),
    refused('ERG_3303', 'route'),
  ),
  aCase(
    ['B033', 'a primary key that is empty, a word, a fraction, a list, an object'],
    (site) =>
      ['""', '"x"', '1.5', '[1]', '{"a":1}'].map((key) =>
        onePayload(insertOf(site.table, `{"id":${key},"v":"x"}`))(site),
      ),
    refused('ERG_3301', 'route'),
  ),
  aCase(
    ['B033', 'a primary key that is true'],
    (site) => onePayload(insertOf(site.table, '{"id":true,"v":"x","note":"bad"}'))(site),
    {
      ...stored('as it was'),
      rows: ({ id }) => [
        ['1', 'x', 'bad'],
        [String(id), 'good', 'after'],
      ],
    },
    {
      table: keyed('boolean_key', 'id BIGINT NOT NULL, v VARCHAR(40) NULL'),
      why: 'BOOLEAN is an integer type: true is 1.',
    },
  ),
  aCase(
    ['B034', 'composite keys that are one text when joined'],
    (site) =>
      [
        ['a\\t', 'b'],
        ['a', '\\tb'],
        ['1', '23'],
        ['12', '3'],
      ].map(([id, part]) =>
        onePayload(insertOf(site.table, `{"id":"${id}","part":"${part}","v":"${id}+${part}"}`))(site),
      ),
    rowsAre(({ id }) => [
      ['a', 'a+\tb', null],
      ['a\t', 'a\t+b', null],
      ['1', '1+23', null],
      ['12', '12+3', null],
      [String(id), 'good', 'after'],
    ]),
    { table: COMPOSITE },
  ),
  aCase(
    ['B035', 'a text key that is 1, 01, 1.0 and " 1": four rows'],
    (site) =>
      ['"1"', '"01"', '"1.0"', '" 1"'].map((key) => onePayload(insertOf(site.table, `{"id":${key},"v":${key}}`))(site)),
    rowsAre(({ id }) => [
      ['1', '1', null],
      ['01', '01', null],
      ['1.0', '1.0', null],
      [' 1', ' 1', null],
      [String(id), 'good', 'after'],
    ]),
    { table: TEXT_KEY },
  ),
  aCase(
    ['B035', 'an integer key that is 1, "1" and "01": one row'],
    (site) => ['1', '"1"', '"01"'].map((key) => onePayload(insertOf(site.table, `{"id":${key},"v":${key}}`))(site)),
    rowsAre(({ id }) => [
      ['1', '01', null],
      [String(id), 'good', 'after'],
    ]),
    { table: keyed('integer_key', 'id BIGINT NOT NULL, v VARCHAR(40) NULL') },
  ),
  aCase(
    ['B079', 'text keys that the collation of the target takes for one'],
    (site) =>
      ['CAFE', 'Caf\u00e8', 'cafe ', 'caf\u00e9'].map((key) =>
        onePayload(insertOf(site.table, `{"id":"${key}","v":"${key}"}`))(site),
      ),
    rowsAre(({ id }) => [
      ['CAFE', 'caf\u00e9', null],
      [String(id), 'good', 'after'],
    ]),
    {
      table: keyed('padded_key', 'id VARCHAR(40) COLLATE utf8mb4_general_ci NOT NULL, v VARCHAR(40) NULL'),
      why: 'The target has one row for them, and their order is kept: the last one stands in it.',
    },
  ),
  aCase(
    ['B079', 'the same keys, for the target four'],
    (site) =>
      ['caf\u00e9', 'CAFE', 'cafe ', 'Cafe\u0300'].map((key) =>
        onePayload(insertOf(site.table, `{"id":"${key}","v":"${key}"}`))(site),
      ),
    rowsAre(({ id }) => [
      ['caf\u00e9', 'caf\u00e9', null],
      ['CAFE', 'CAFE', null],
      ['cafe ', 'cafe ', null],
      ['Cafe\u0300', 'Cafe\u0300', null],
      [String(id), 'good', 'after'],
    ]),
    { table: keyed('exact_key', 'id VARCHAR(40) COLLATE utf8mb4_nopad_bin NOT NULL, v VARCHAR(40) NULL') },
  ),
];
