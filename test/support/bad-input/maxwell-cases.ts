/** The same faults in records of the format maxwell, where a record holds one change and is refused whole. */
import { type BadCase, counted, refused, rowsAre, type Site, stored, undecodable } from './bad-case.ts';
import { aCase, imageOf } from './base-table.ts';
import { maxwellFormat } from './record-format.ts';

const update = (site: Site, v: string) =>
  maxwellFormat.write(
    { op: 'update', table: site.table, before: '{"note":"before"}', after: imageOf(site, v) },
    site.position(),
  );

const insert = (site: Site, after: string) =>
  maxwellFormat.write({ op: 'insert', table: site.table, before: null, after }, site.position());

export const MAXWELL_CASES: readonly BadCase[] = [
  aCase(['B001', 'no bytes'], () => '', undecodable('ERG_1001')),
  aCase(['B002', 'a tombstone'], () => null, counted({ tombstones: 1 })),
  aCase(['B003', 'a word'], () => 'hello', undecodable('ERG_1002')),
  aCase(
    ['B004', 'cut off at each of its bytes'],
    (site) => {
      const record = Buffer.from(update(site, '"x"'));
      return Array.from({ length: record.length - 1 }, (_, index) => record.subarray(0, index + 1));
    },
    undecodable('ERG_1002'),
  ),
  aCase(
    ['B008', 'a byte that is no UTF-8'],
    (site) => Buffer.from(update(site, '"é"'), 'latin1'),
    undecodable('ERG_1004'),
  ),
  aCase(['B010', 'half a surrogate pair'], (site) => update(site, '"\\ud800"'), undecodable('ERG_1004')),
  aCase(
    ['B014, B015', 'a column or a field twice'],
    (site) => [
      update(site, '"x","v":"y"'),
      update(site, '"x","\\u0076":"y"'),
      update(site, '"x"').replace('{', '{"ts":1,'),
    ],
    undecodable('ERG_1005'),
  ),
  aCase(['B019', 'depth 65'], (site) => update(site, `${'['.repeat(63)}${']'.repeat(63)}`), undecodable('ERG_1006')),
  aCase(['B025', 'no object at the top'], () => ['[]', '"x"', '12', 'null'], undecodable('ERG_1010')),
  aCase(
    ['B029', 'a type that is missing, unknown, of other case'],
    (site) =>
      ['', '"type":"upsert",', '"type":"UPDATE",'].map((type) => update(site, '"x"').replace('"type":"update",', type)),
    undecodable('ERG_1011'),
  ),
  aCase(
    ['B029', 'a type that is a number'],
    (site) => update(site, '"x"').replace('"update"', '1'),
    undecodable('ERG_1010'),
  ),
  aCase(
    ['B030', 'images that are missing, null, or of other columns'],
    (site) => [
      update(site, '"x"').replace(/"data":\{[^}]*\},/, ''),
      update(site, '"x"').replace(/"data":\{[^}]*\}/, '"data":null'),
      update(site, '"x"').replace(/"data":\{[^}]*\}/, '"data":[1]'),
      update(site, '"x"').replace(/,"old":\{[^}]*\}/, ''),
      update(site, '"x"').replace('"old":{"note"', '"old":{"gone"'),
    ],
    undecodable('ERG_1010'),
  ),
  aCase(
    ['B031', 'another primary key'],
    (site) =>
      maxwellFormat.write(
        {
          op: 'update',
          table: site.table,
          before: `{"id":"${site.id}"}`,
          after: `{"id":"${site.id + 1}","v":"moved","note":"bad"}`,
        },
        site.position(),
      ),
    rowsAre(({ id }) => [
      [String(id), null, 'after'],
      [String(id + 1), 'moved', 'bad'],
    ]),
  ),
  aCase(['B032', 'no primary key'], (site) => insert(site, '{"v":"x"}'), refused('ERG_3303', 'route')),
  aCase(
    ['B033', 'a primary key that is a word'],
    (site) => insert(site, '{"id":"x","v":"x"}'),
    refused('ERG_3301', 'route'),
  ),
  aCase(['B036', 'no table'], (site) => update(site, '"x"').replace(/"table":"\w+",/, ''), undecodable('ERG_1010')),
  aCase(
    ['B037', 'a table that is not replicated'],
    (site) => update({ ...site, table: 'elsewhere' }, '"x"'),
    counted({ filtered: 1 }),
  ),
  aCase(
    ['B045', 'a commit time that is none, with a place in the log'],
    (site) => ['-1', '"x"', '1767225600000'].map((time) => update(site, '"x"').replace(/"ts":\d+/, `"ts":${time}`)),
    stored('x', { counts: { refusedCommitTimes: 3 } }),
  ),
  aCase(
    ['B045', 'a commit time that is none, without one'],
    (site) =>
      update(site, '"x"')
        .replace(/"ts":\d+/, '"ts":-1')
        .replace(/"position":"[^"]*",/, ''),
    undecodable('ERG_1012'),
  ),
  aCase(
    ['B049', 'a place in the log that is none'],
    (site) =>
      ['"x"', '"binlog:1"', '"binlog.000001:-1"', '5'].map((place) =>
        update(site, '"x"').replace(/"position":"[^"]*"/, `"position":${place}`),
      ),
    undecodable('ERG_1010'),
  ),
  aCase(
    ['B049', 'a place in the log that was seen before'],
    (site) => update({ ...site, position: () => 1 }, '"x"'),
    counted({ repeated: 1 }),
  ),
  aCase(
    ['B054', 'unknown fields'],
    (site) => update(site, '"x"').replace('{', '{"trace":{"a":[1]},'),
    stored('x', { unknownFields: ['trace'] }),
  ),
  aCase(
    ['B054', 'what else the daemon writes'],
    () =>
      ['bootstrap-start', 'table-create', 'database-drop'].map(
        (type) => `{"type":"${type}","database":"shop","table":"x","ts":1767225600}`,
      ),
    counted({ controlRecords: 3 }),
  ),
  aCase(['B061', 'a text that is too long'], (site) => update(site, `"${'x'.repeat(41)}"`), refused('ERG_3302')),
];
