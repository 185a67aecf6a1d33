/** Fields of the format that are missing or odd (B029, B030, B045 to B054). */
import { type BadCase, counted, refused, rowsAre, stored, undecodable } from './bad-case.ts';
import { aCase, imageOf, insertOf, onePayload, recordOf, updateOf } from './base-table.ts';
import { sourceText } from './record-format.ts';

const untimed = (site: Parameters<typeof recordOf>[0], time: string, source: string) =>
  `{"commitTime":${time},"source":${source},"payloads":[${updateOf(site, '"x"')}]}`;

const BAD_TIMES = ['""', '"yesterday"', '-1', '0', '1767225600', '253370764800000', 'null', '[]'];

export const FIELD_CASES: readonly BadCase[] = [
  aCase(
    ['B029', 'an op that is missing, of other case, unknown, a number'],
    (site) =>
      ['', '"op":"upsert",', '"op":"UPDATE",', '"op":"truncate",', '"op":1,', '"op":null,'].map((op) =>
        recordOf(site, '"x"').replace('"op":"update",', op),
      ),
    refused('ERG_1011', 'decode'),
  ),
  aCase(
    ['B030', 'images that are missing, null, or too many'],
    (site) => {
      const image = imageOf(site, '"x"');
      return [
        '"op":"insert","old":null,"new":null',
        '"op":"insert","old":null',
        `"op":"insert","old":${image},"new":${image}`,
        '"op":"delete","old":null,"new":null',
        `"op":"delete","old":${image},"new":${image}`,
        `"op":"update","old":null,"new":${image}`,
        `"op":"update","old":${image},"new":null`,
        '"op":"insert","old":null,"new":[1]',
        '"op":"insert","old":null,"new":"{}"',
      ].map((fields) => onePayload(`{"table":"${site.table}",${fields}}`)(site));
    },
    refused('ERG_1010', 'decode'),
  ),
  aCase(
    ['B045', 'no commit time, and no source position'],
    (site) => [...BAD_TIMES, '1.767e12'].map((time) => untimed(site, time, 'null')),
    undecodable('ERG_1012'),
  ),
  aCase(
    ['B045', 'no commit time, but a source position'],
    (site) => BAD_TIMES.map((time) => untimed(site, time, sourceText(site.position()))),
    stored('x', { counts: { refusedCommitTimes: BAD_TIMES.length } }),
  ),
  aCase(
    ['B046', 'a commit time in the future'],
    (site) => untimed(site, String(Date.UTC(2090, 0, 1)), sourceText(site.position())),
    stored('x'),
    { why: 'It informs and orders nothing; the good change behind it wins by its version.' },
  ),
  aCase(
    ['B049', 'a source position that is none'],
    (site) => {
      const record = recordOf(site, '"x"');
      return [
        record.replace('"position":', '"position":0.'),
        record.replace('"position":', '"position":99999999999999999'),
        record.replace('"file":1', '"file":-1'),
        record.replace(',"ordinal":0', ''),
        record.replace(/"source":\{[^}]*\}/, '"source":"binlog.000001"'),
      ];
    },
    undecodable('ERG_1010'),
    {
      why: 'The version is the offset, so it is always right; a damaged position could make changes look like repeats.',
    },
  ),
  aCase(
    ['B049', 'a source position that was seen before: a repeat of the capture'],
    (site) => recordOf({ ...site, position: () => 1 }, '"x"'),
    counted({ repeated: 1 }),
  ),
  aCase(
    ['B050', 'record keys that name another row, or none'],
    (site) =>
      ['another', null, ''].map((key) => ({
        key,
        value: onePayload(insertOf(site.table, `{"id":"${site.id + 1}","v":"${key}","note":"bad"}`))(site),
      })),
    rowsAre(({ id }) => [
      [String(id), 'as it was', 'after'],
      [String(id + 1), '', 'bad'],
    ]),
    { why: 'A record key names no row: it only keeps changes in order. The version decides where it did not.' },
  ),
  aCase(
    ['B053', 'an image before the change that is not what the target has'],
    (site) => recordOf(site, '"x"').replace(`"old":{"id":"${site.id}"}`, `"old":{"id":"${site.id}","v":"never seen"}`),
    stored('x'),
  ),
  aCase(
    ['B054', 'unknown fields'],
    (site) =>
      recordOf(site, '"x"')
        .replace('{', '{"producer":{"build":7},')
        .replace('"epoch"', '"gtid":"0-1-2","epoch"')
        .replace('{"op"', '{"trace":[{"x":"\\n"}],"op"'),
    stored('x', { unknownFields: ['producer', 'gtid', 'trace'] }),
  ),
];
