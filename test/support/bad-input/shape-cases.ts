/** What the table makes of a row: keys, indexes, columns of the server's own, triggers (B048, B061, B063, B084 to B093). */
import {
  type BadCase,
  type CaseTable,
  type ExpectedFinding,
  refused,
  refusedOnce,
  rowsAre,
  stored,
} from './bad-case.ts';
import { aCase, insertOf, onePayload, PLAIN, recordOf, typed, updateOf, valueCases } from './base-table.ts';
import { ergateRecord } from './record-format.ts';

const GEOMETRY = typed('GEOMETRY NULL', 'null', null, 'HEX(v)');
const LONGBLOB = typed('LONGBLOB NULL', '"AQ=="', '1', 'LENGTH(v)');

const table = (name: string, columns: string, more: Partial<CaseTable> = {}): CaseTable => ({
  name,
  columns: `id BIGINT UNSIGNED NOT NULL, ${columns}`,
  good: '"v":null',
  goodValue: null,
  ...more,
});

const NEWER = table('newer', 'v VARCHAR(40) NULL', {
  more: "INSERT INTO newer (id, v, note, ergate_seq) VALUES (1, 'newer', 'kept', 1000000)",
  isOwn: true,
});

const REQUIRED = table('required', 'v INT NOT NULL', { good: '"v":7', goodValue: '7' });

const COMPUTED = table('computed', 'source INT NULL, v INT AS (source * 2) STORED, w INT AS (source + 1) VIRTUAL', {
  good: '"source":1',
  goodValue: '2',
});

const INVISIBLE = table('invisible', 'v INT INVISIBLE NULL');

const NUMBERED = table('numbered', 'v VARCHAR(40) NULL', {
  columns: 'id BIGINT NOT NULL AUTO_INCREMENT, v VARCHAR(40) NULL',
  isOwn: true,
});

const WIDE_COLUMNS = Array.from({ length: 1_000 }, (_, index) => `c${index}`);
const wideRow = (value: number) => `"v":${value},${WIDE_COLUMNS.map((name) => `"${name}":${value}`).join()}`;
const WIDE = table('wide', `v TINYINT NULL, ${WIDE_COLUMNS.map((name) => `${name} TINYINT NULL`).join()}`, {
  good: wideRow(1),
  goodValue: '1'.repeat(1_001),
  read: `CONCAT(v, ${WIDE_COLUMNS.join()})`,
});

const CHILD = table('child', 'v BIGINT UNSIGNED NULL, FOREIGN KEY (v) REFERENCES plain (id)');

const UNIQUE = table('unique_text', 'v VARCHAR(40) NULL, UNIQUE (v)');

const signals = (event: string) =>
  `CREATE TRIGGER guarded_${event} BEFORE ${event} ON guarded FOR EACH ROW
    IF NEW.v = 'forbidden' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not that one'; END IF;`;
const GUARDED = table('guarded', 'v VARCHAR(40) NULL', { more: signals('insert') + signals('update') });

const PARTED = table('parted', 'v VARCHAR(40) NULL', {
  more: 'ALTER TABLE parted PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (1000000000))',
});

const LONG_COLUMNS = Array.from({ length: 15 }, (_, index) => `t${index}`);
const LONG = table('long_rows', `v INT NULL, ${LONG_COLUMNS.map((name) => `${name} TEXT NULL`).join()}`, {
  more: 'ALTER TABLE long_rows ROW_FORMAT = COMPACT',
});

const second = (code: ExpectedFinding['code']) => ({
  findings: [{ code, stage: 'write', payloadIndex: 0, record: 1 } as const],
});

export const SHAPE_CASES: readonly BadCase[] = [
  aCase(
    ['B048', 'a row that has a higher version already'],
    (site) => recordOf({ ...site, id: 1 }, '"older"'),
    rowsAre(({ id }) => [
      ['1', 'newer', 'kept'],
      [String(id), null, 'after'],
    ]),
    { table: NEWER },
  ),
  aCase(
    ['B063', 'no value for a column that needs one, in a row that is not there'],
    (site) => onePayload(insertOf(site.table, `{"id":"${site.id + 1}","note":"bad"}`))(site),
    refused('ERG_3204'),
    { table: REQUIRED },
  ),
  ...valueCases('B084', GEOMETRY, [
    ['"POINT(1 1)"', refused('ERG_3301'), 'GEOMETRY travels as base64 of SRID and WKB.'],
    ['"AQ=="', refused('ERG_3301')],
  ]),
  aCase(['B085', 'values for generated columns'], (site) => recordOf(site, '999,"w":999,"source":5'), stored('10'), {
    table: COMPUTED,
  }),
  aCase(['B085', 'a value for an invisible column'], (site) => recordOf(site, '5'), stored('5'), { table: INVISIBLE }),
  aCase(
    ['B085', '0 for an AUTO_INCREMENT column'],
    (site) => onePayload(insertOf(site.table, '{"id":0,"v":"zero"}'))(site),
    rowsAre(({ id }) => [
      ['0', 'zero', null],
      [String(id), null, 'after'],
    ]),
    { table: NUMBERED },
  ),
  aCase(
    ['B086', 'a row that does not fit half of a packet'],
    (site) => recordOf(site, `"${Buffer.alloc(5_500_000, 1).toString('base64')}"`),
    refused('ERG_3305'),
    { table: LONGBLOB },
  ),
  aCase(
    ['B086', 'a row that does'],
    (site) => recordOf(site, `"${Buffer.alloc(4_000_000, 1).toString('base64')}"`),
    stored('4000000'),
    { table: LONGBLOB },
  ),
  aCase(
    ['B087', 'rows of 1,001 columns'],
    (site) => recordOf(site, `2,${wideRow(2).replace('"v":2,', '')}`),
    stored('2'.repeat(1_001)),
    {
      table: WIDE,
    },
  ),
  aCase(
    ['B088', 'a row whose parent comes behind it'],
    (site) => {
      const parent = String(site.id + 1);
      return [recordOf(site, parent), onePayload(insertOf(PLAIN.name, `{"id":${parent},"v":"parent"}`))(site)];
    },
    rowsAre(({ id }) => [[String(id), String(id + 1), 'after']]),
    { table: CHILD },
  ),
  aCase(
    ['B088', 'a row whose parent does not come'],
    (site) => recordOf(site, String(site.id + 1)),
    refusedOnce('ERG_3206'),
    {
      table: CHILD,
    },
  ),
  aCase(
    ['B089', 'a unique value that another row has'],
    (site) =>
      [1, 2].map((more) =>
        onePayload(insertOf(site.table, `{"id":"${site.id + more}","v":"taken","note":"bad"}`))(site),
      ),
    {
      ...rowsAre(({ id }) => [
        [String(id), null, 'after'],
        [String(id + 1), 'taken', 'bad'],
      ]),
      ...second('ERG_3207'),
    },
    { table: UNIQUE },
  ),
  aCase(
    ['B090', 'a delete of a row that is not there'],
    (site) => onePayload(`{"op":"delete","table":"${site.table}","old":{"id":"${site.id + 1}"},"new":null}`)(site),
    stored('as it was'),
  ),
  aCase(
    ['B090', 'an update of a row that is not there'],
    (site) => recordOf({ ...site, id: site.id + 1 }, '"x"'),
    rowsAre(({ id }) => [
      [String(id), 'as it was', 'after'],
      [String(id + 1), 'x', 'bad'],
    ]),
  ),
  aCase(
    ['B090', 'an insert of a row that is there'],
    (site) => onePayload(insertOf(site.table, `{"id":"${site.id}","v":"x"}`))(site),
    stored('x'),
  ),
  aCase(['B092', 'a trigger that says no'], (site) => recordOf(site, '"forbidden"'), refused('ERG_3208'), {
    table: GUARDED,
  }),
  aCase(
    ['B093', 'no partition for the row'],
    (site) => onePayload(insertOf(site.table, '{"id":"1000000000","v":"x"}'))(site),
    refused('ERG_3208'),
    { table: PARTED },
  ),
  aCase(
    ['B093', 'a row that is too large for its format'],
    (site) => recordOf(site, `1,${LONG_COLUMNS.map((name) => `"${name}":"${'x'.repeat(768)}"`).join()}`),
    refusedOnce('ERG_3208'),
    { table: LONG },
  ),
  aCase(
    ['B061', 'one bad payload of a record among good ones'],
    (site) =>
      ergateRecord(
        site.position(),
        `[${updateOf({ ...site, id: site.id + 1 }, '"a"')},${updateOf(site, `"${'x'.repeat(41)}"`)},${updateOf({ ...site, id: site.id + 2 }, '"c"')}]`,
      ),
    {
      ...refused('ERG_3302', 'write', 1),
      rows: rowsAre(({ id }) => [
        [String(id), 'as it was', 'after'],
        [String(id + 1), 'a', 'bad'],
        [String(id + 2), 'c', 'bad'],
      ]).rows,
    },
  ),
];
