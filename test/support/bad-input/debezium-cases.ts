/** The same faults in records of the format debezium, where a record holds one change and is refused whole. */
import { type BadCase, type CaseTable, counted, refused, rowsAre, type Site, stored, undecodable } from './bad-case.ts';
import { aCase, imageOf, PLAIN } from './base-table.ts';
import { debeziumFormat, debeziumSource } from './record-format.ts';

const update = (site: Site, v: string) =>
  debeziumFormat.write(
    { op: 'update', table: site.table, before: `{"id":"${site.id}"}`, after: imageOf(site, v) },
    site.position(),
  );

const insert = (site: Site, after: string) =>
  debeziumFormat.write({ op: 'insert', table: site.table, before: null, after }, site.position());

/** Its v is days since 1970, as the settings of the format say. */
const DATED: CaseTable = {
  name: 'dated',
  columns: 'id BIGINT UNSIGNED NOT NULL, v DATE NULL',
  good: '"v":1',
  goodValue: '1970-01-02',
};

const withSchema = (field: string, payload: string) => {
  const fields = `[{"type":"int64","field":"id"},${field},{"type":"string","field":"note"}]`;
  const images = ['before', 'after'].map((name) => `{"type":"struct","fields":${fields},"field":"${name}"}`);
  return `{"schema":{"type":"struct","fields":[${images.join()}],"name":"shop.Envelope"},"payload":${payload}}`;
};

export const DEBEZIUM_CASES: readonly BadCase[] = [
  aCase(['B001', 'no bytes'], () => '', undecodable('ERG_1001')),
  aCase(['B002', 'the tombstone behind a delete'], () => null, counted({ tombstones: 1 })),
  aCase(['B003', 'a word'], () => 'hello', undecodable('ERG_1002')),
  aCase(['B003', 'Avro of a schema registry'], () => Buffer.from([0, 0, 0, 0, 1, 2, 14]), undecodable('ERG_1003')),
  aCase(
    ['B004', 'cut off at each of its bytes'],
    (site) => {
      const record = Buffer.from(withSchema('{"type":"string","field":"v"}', update(site, '"x"')));
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
      update(site, '"x"').replace('"op":"u"', '"op":"u","op":"d"'),
    ],
    undecodable('ERG_1005'),
  ),
  aCase(['B019', 'depth 65'], (site) => update(site, `${'['.repeat(63)}${']'.repeat(63)}`), undecodable('ERG_1006')),
  aCase(
    ['B023', '4,097 columns'],
    (site) => update(site, `"x",${Array.from({ length: 4_097 }, (_, index) => `"c${index}":1`).join()}`),
    undecodable('ERG_1008'),
  ),
  aCase(['B025', 'no object at the top'], () => ['[]', '"x"', '12', 'null'], undecodable('ERG_1010')),
  aCase(
    ['B026', 'a payload that is no object, or missing'],
    () => ['{"schema":null,"payload":[]}', '{"schema":null,"payload":"x"}', '{"schema":null}'],
    undecodable('ERG_1010'),
  ),
  aCase(['B026', 'a payload that is null'], () => '{"schema":null,"payload":null}', counted({ controlRecords: 1 }), {
    why: 'A converter writes a tombstone like that.',
  }),
  aCase(['B029', 'no op'], (site) => update(site, '"x"').replace('"op":"u",', ''), undecodable('ERG_1010')),
  aCase(
    ['B029', 'an op that is unknown, of other case, a number'],
    (site) => ['"x"', '"U"', '1'].map((op) => update(site, '"x"').replace('"op":"u"', `"op":${op}`)),
    undecodable('ERG_1011'),
  ),
  aCase(
    ['B029', 'the table was emptied'],
    (site) => update(site, '"x"').replace('"op":"u"', '"op":"t"'),
    undecodable('ERG_1014'),
    {
      why: 'It is never applied; the settings may say that it is passed over.',
    },
  ),
  aCase(
    ['B030', 'images that are missing, null or too many'],
    (site) => [
      update(site, '"x"').replace(/"before":\{[^}]*\}/, '"before":null'),
      update(site, '"x"').replace(/"after":\{[^}]*\}/, '"after":null'),
      update(site, '"x"').replace('"op":"u"', '"op":"c"'),
      update(site, '"x"').replace('"op":"u"', '"op":"d"'),
      update(site, '"x"').replace(/"after":\{[^}]*\}/, '"after":[1]'),
    ],
    undecodable('ERG_1010'),
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
    (site) => ['-1', '"x"', '1767225600'].map((time) => update(site, '"x"').replace(/"ts_ms":\d+/, `"ts_ms":${time}`)),
    stored('x', { counts: { refusedCommitTimes: 3 } }),
  ),
  aCase(
    ['B045', 'a commit time that is none, in a snapshot'],
    (site) =>
      update(site, '"x"')
        .replace(/"ts_ms":\d+/, '"ts_ms":-1')
        .replace('"snapshot":"false"', '"snapshot":"true"'),
    undecodable('ERG_1012'),
  ),
  aCase(
    ['B049', 'a place in the log that is none'],
    (site) => [
      update(site, '"x"').replace('"pos":', '"pos":0.'),
      update(site, '"x"').replace('"pos":', '"pos":-'),
      update(site, '"x"').replace('binlog.000001', 'binlog'),
    ],
    undecodable('ERG_1010'),
  ),
  aCase(
    ['B049', 'a place in the log that was seen before'],
    (site) => update({ ...site, position: () => 1 }, '"x"'),
    counted({ repeated: 1 }),
  ),
  aCase(
    ['B054', 'unknown fields'],
    (site) => update(site, '"x"').replace('{', '{"trace":{"a":[1]},').replace('"connector"', '"build":7,"connector"'),
    stored('x', { unknownFields: ['trace', 'build'] }),
  ),
  aCase(
    ['B054', 'what else a connector writes'],
    (site) => [
      `{"ts_ms":1767225600000}`,
      `{"status":"BEGIN","id":"file=binlog.000001,pos=1","event_count":null,"data_collections":null,"ts_ms":1767225600000}`,
      `{"source":${debeziumSource('', site.position()).replace('"table":""', '"table":null')},"ts_ms":1767225600000,"databaseName":"shop","schemaName":null,"ddl":"CREATE TABLE x (a INT)","tableChanges":[]}`,
    ],
    counted({ controlRecords: 3 }),
  ),
  aCase(
    ['B066', 'a value that is not written as its column is'],
    (site) => [update(site, '"x"'), update(site, '1.5')],
    undecodable('ERG_1015'),
    {
      table: DATED,
    },
  ),
  aCase(
    ['B084', 'a schema part with a type that is not known'],
    (site) =>
      withSchema('{"type":"struct","fields":[],"name":"io.example.Unknown","field":"v"}', update(site, '{"a":1}')),
    undecodable('ERG_1017'),
  ),
  aCase(
    ['B031', 'another primary key'],
    (site) =>
      debeziumFormat.write(
        {
          op: 'update',
          table: site.table,
          before: imageOf(site, '"x"'),
          after: `{"id":"${site.id + 1}","v":"moved","note":"bad"}`,
        },
        site.position(),
      ),
    rowsAre(({ id }) => [
      [String(id), null, 'after'],
      [String(id + 1), 'moved', 'bad'],
    ]),
    { table: PLAIN },
  ),
];
