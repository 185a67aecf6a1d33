/** Names of tables and columns (B016 to B018, B036 to B044). */
import { type BadCase, type CaseTable, counted, refused, stored } from './bad-case.ts';
import { aCase, PLAIN, recordOf } from './base-table.ts';

/** A table whose columns have the names that JavaScript objects have already. */
const NAMESAKES: CaseTable = {
  name: 'constructor',
  columns: `id BIGINT UNSIGNED NOT NULL, v VARCHAR(40) NULL, \`__proto__\` VARCHAR(40) NULL, constructor VARCHAR(40) NULL,
    prototype VARCHAR(40) NULL, toString VARCHAR(40) NULL, hasOwnProperty VARCHAR(40) NULL, length VARCHAR(40) NULL,
    \`then\` VARCHAR(40) NULL`,
  good: '"v":null',
  goodValue: '------',
  read: `CONCAT_WS('-', COALESCE(\`__proto__\`, ''), COALESCE(constructor, ''), COALESCE(prototype, ''),
    COALESCE(toString, ''), COALESCE(hasOwnProperty, ''), COALESCE(length, ''), COALESCE(\`then\`, ''))`,
};

export const NAME_CASES: readonly BadCase[] = [
  aCase(
    ['B016, B017', 'columns with the names of what every JavaScript object has'],
    (site) =>
      recordOf(
        site,
        'null,"__proto__":"a","constructor":"b","prototype":"c","toString":"d","hasOwnProperty":"e","length":"f","then":"g"',
      ),
    stored('a-b-c-d-e-f-g'),
    { table: NAMESAKES },
  ),
  aCase(
    ['B018', 'fields made to pollute the prototype of all objects'],
    (site) => [
      recordOf(site, '"x"').replace('{', '{"constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1},'),
    ],
    stored('x', { unknownFields: ['constructor', '__proto__'] }),
  ),
  aCase(
    ['B036', 'a table that is missing, empty or a number'],
    (site) =>
      ['', '"table":"",', '"table":1,', '"table":null,'].map((table) =>
        recordOf(site, '"x"').replace(/"table":"\w+",/, table),
      ),
    refused('ERG_1010', 'decode'),
  ),
  aCase(
    ['B037', 'a table that is not replicated'],
    (site) => recordOf({ ...site, table: 'elsewhere' }, '"x"'),
    counted({ filtered: 1 }),
  ),
  aCase(
    ['B038', 'a table in other letter case'],
    (site) => recordOf({ ...site, table: site.table.toUpperCase() }, '"x"'),
    counted({ filtered: 1 }),
  ),
  aCase(
    ['B039', 'a table name with NUL'],
    (site) => recordOf(site, '"x"').replace(/"table":"\w+"/, '"table":"a\\u0000b"'),
    refused('ERG_1013', 'decode'),
  ),
  aCase(
    ['B039', 'a table name of 65 characters'],
    (site) => recordOf({ ...site, table: 't'.repeat(65) }, '"x"'),
    counted({ filtered: 1 }),
  ),
  ...['a.b', 'a`b', "a'b", 'a"b', '$x', '[x]', 'a\nb', '한글', 'a; DROP TABLE b', '?', ':x', '@v', '--', '%s'].map(
    (name) =>
      aCase(['B039', `a table named ${JSON.stringify(name)}`], (site) => recordOf(site, '"x"'), stored('x'), {
        table: { ...PLAIN, name },
      }),
  ),
  aCase(
    ['B040', 'column names that are SQL, and unknown: they reach no statement'],
    (site) =>
      recordOf(
        site,
        `"x",${['a`b', "a'b", '--', ';', '?', ':x', '@v', ' ', '😀', 'c'.repeat(64)].map((name) => `${JSON.stringify(name)}:1`).join()}`,
      ),
    stored('x', { unwritten: ['a`b', "a'b", '--', ';', '?', ':x', '@v', ' ', '😀', 'c'.repeat(64)] }),
  ),
  ...[
    'a.b',
    'a`b',
    "a'b",
    'a"b',
    '--',
    ';',
    '?',
    ':x',
    '@v',
    ' x',
    '한글',
    '\u00e9',
    'c'.repeat(64),
    '2',
    'select',
  ].map((name) =>
    aCase(
      ['B040, B041', `a column named ${JSON.stringify(name)}`],
      (site) => recordOf(site, `null,${JSON.stringify(name)}:"x"`),
      stored('x'),
      { table: namedColumn(name) },
    ),
  ),
  aCase(
    ['B042', 'column names that are empty or have NUL'],
    (site) => ['', 'b\\u0000'].map((name) => recordOf(site, `"x","${name}":1`)),
    refused('ERG_1013', 'decode'),
  ),
  aCase(
    ['B043', 'columns that differ in case or composition only'],
    (site) => recordOf(site, '"x","V":"y","caf\u00e9":"1","cafe\u0301":"2"'),
    stored('x', { unwritten: ['V', 'caf\u00e9', 'cafe\u0301'] }),
    { why: 'Names are compared byte by byte: at most one of them is the column, the others are counted as unwritten.' },
  ),
  aCase(
    ['B044', 'columns named like indexes, before the others'],
    (site) => recordOf(site, '"x","2":"two","1":"one"'),
    stored('one-two'),
    {
      table: {
        ...PLAIN,
        name: 'indexes',
        columns: 'id BIGINT UNSIGNED NOT NULL, v VARCHAR(40) NULL, `1` VARCHAR(40) NULL, `2` VARCHAR(40) NULL',
        goodValue: 'null-null',
        read: "CONCAT(COALESCE(`1`, 'null'), '-', COALESCE(`2`, 'null'))",
      },
    },
  ),
];

function namedColumn(name: string): CaseTable {
  const quoted = `\`${name.replaceAll('`', '``')}\``;
  return {
    name: `named ${name.replaceAll(' ', '_')}`.slice(0, 60),
    columns: `id BIGINT UNSIGNED NOT NULL, v INT NULL, ${quoted} VARCHAR(40) NULL`,
    good: `"v":null,${JSON.stringify(name)}:"good"`,
    goodValue: 'good',
    read: quoted,
  };
}
