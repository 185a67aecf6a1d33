/** Texts, binary values and what has members (B061, B075 to B083, B091). */
import { type BadCase, type CaseTable, refused, rowsAre, stored } from './bad-case.ts';
import { aCase, insertOf, onePayload, recordOf, typed, valueCases } from './base-table.ts';
import { NAUGHTY_TEXTS } from './naughty-texts.ts';

const WRONG = refused('ERG_3301');
const LOSSY = refused('ERG_3302');
const REFUSED = refused('ERG_3203');
const CHECKED = refused('ERG_3205');

const VARCHAR = typed('VARCHAR(5) NULL', '"good"');
const ENUM = typed("ENUM('a','b','1') NULL", '"b"');
const SET = typed("SET('x','y') NULL", '"x"');
const BIT = typed('BIT(64) NULL', '"AQ=="', '1', 'v + 0');
const UTF8MB3 = typed('VARCHAR(40) CHARACTER SET utf8mb3 NULL', '"good"');
const LATIN1 = typed('VARCHAR(40) CHARACTER SET latin1 NULL', '"good"');
const GBK = typed('VARCHAR(40) CHARACTER SET gbk NULL', '"good"');
const EUCKR = typed('VARCHAR(40) CHARACTER SET euckr NULL', '"good"');
const JSON_COLUMN = typed('JSON NULL', '{"good":1}', '{"good":1}');
const BINARY = typed('BINARY(8) NULL', '"AQ=="', '0100000000000000', 'HEX(v)');
const VARBINARY = typed('VARBINARY(8) NULL', '"AQ=="', '01', 'HEX(v)');
const TEXT = typed('TEXT NULL', '"good"');

const same = (...values: readonly string[]) => values.map((value) => [JSON.stringify(value), stored(value)] as const);

const NAUGHTY_KEYS: CaseTable = {
  name: 'naughty_keys',
  columns: 'id VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL, v VARCHAR(60) NULL',
  good: '"v":"good"',
  goodValue: 'good',
  isOwn: true,
};

export const TEXT_CASES: readonly BadCase[] = [
  ...valueCases('B061', VARCHAR, [
    ['"abcdefgh"', LOSSY],
    ['"good     "', LOSSY],
    ['"한글한글한"', stored('한글한글한')],
  ]),
  ...valueCases('B061', TEXT, [[`"${'x'.repeat(65_536)}"`, refused('ERG_3201')]]),
  ...valueCases('B075', ENUM, [
    ['"z"', REFUSED],
    ['""', REFUSED],
    ['2', WRONG],
    ['"1"', stored('1')],
    ['"A"', stored('a'), 'The collation of the column says that it is the same member.'],
  ]),
  ...valueCases('B075', SET, [
    ['"z"', REFUSED],
    ['"x,z"', REFUSED],
    ['"x,x,y"', stored('x,y'), 'A set has each member once.'],
    ['"x, y"', REFUSED],
    ['3', WRONG],
    ['""', stored('')],
  ]),
  ...valueCases('B076', BIT, [
    ['"//////////8="', stored('18446744073709551615')],
    ...['"b\'1\'"', '"101"', '5', '"AQ"'].map((v) => [v, WRONG] as const),
  ]),
  ...valueCases('B077', UTF8MB3, [
    ['"😀"', REFUSED],
    ['"한글"', stored('한글')],
  ]),
  ...valueCases('B077', typed('VARCHAR(40) NULL', '"good"'), same('😀', '👩‍👩‍👧‍👦', '🏳️‍🌈', '👍🏿')),
  ...valueCases(
    'B078',
    typed('VARCHAR(40) NULL', '"good"'),
    same('Z\u0335\u0310a\u034f', '\u202eabc', '\u200b', '\ufffe', 'nul\0nul'),
  ),
  ...valueCases('B080', LATIN1, [...same('café'), ['"한"', REFUSED]]),
  ...valueCases('B080', GBK, same('中\\', '縗')),
  ...valueCases('B080', EUCKR, same('한글')),
  ...valueCases('B082', JSON_COLUMN, [
    ['"{"', CHECKED],
    ['"x"', CHECKED],
    ['""', CHECKED],
    ['"{} {}"', CHECKED],
    ['{"b":1, "a":1.0,"a":1}', stored('{"b":1, "a":1.0,"a":1}')],
    ['"[1]"', stored('[1]')],
    ['true', stored('true')],
  ]),
  ...valueCases('B083', BINARY, [
    ['"AAE="', stored('0001000000000000')],
    ['"AQIDBAUGBwgJ"', refused('ERG_3201')],
    ['"=="', WRONG],
    ['"AQ"', WRONG],
    ['"0x1"', WRONG],
    ['"0x01"', stored('D31D350000000000'), 'Base64 is the one form, and these four characters are base64.'],
  ]),
  ...valueCases('B083', VARBINARY, [
    ['""', stored('')],
    ['"A!=="', WRONG],
  ]),
  aCase(
    ['B091', 'naughty texts as values'],
    (site) =>
      onePayload(
        NAUGHTY_TEXTS.map((text, index) =>
          insertOf(site.table, `{"id":"${site.id + 1 + index}","v":${JSON.stringify(text)}}`),
        ).join(),
      )(site),
    rowsAre(({ id }) => [
      [String(id), 'good', 'after'],
      ...NAUGHTY_TEXTS.map((text, index) => [String(id + 1 + index), text, null] as const),
    ]),
    { table: typed('VARCHAR(60) NULL', '"good"') },
  ),
  aCase(
    ['B091', 'naughty texts as primary keys'],
    (site) =>
      onePayload(
        NAUGHTY_TEXTS.map((text) =>
          insertOf(site.table, `{"id":${JSON.stringify(text)},"v":${JSON.stringify(text)}}`),
        ).join(),
      )(site),
    rowsAre(({ id }) => [[String(id), 'good', 'after'], ...NAUGHTY_TEXTS.map((text) => [text, text, null] as const)]),
    { table: NAUGHTY_KEYS },
  ),
  aCase(
    ['B091', 'naughty texts as names of columns that are not there'],
    (site) => {
      const names = NAUGHTY_TEXTS.filter((name) => name !== '' && !name.includes('\0'));
      return recordOf(site, `"x",${names.map((name) => `${JSON.stringify(name)}:1`).join()}`);
    },
    stored('x', { unwritten: NAUGHTY_TEXTS.filter((name) => name !== '' && !name.includes('\0')) }),
  ),
];
