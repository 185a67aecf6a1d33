/** Value matrix: what the source has is what the record says, type by type. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  process.env['TZ'] = 'Asia/Seoul'; // the zone of this process must not matter
  folder = await mkdtemp(join(tmpdir(), 'ergate-capture-'));
  server = await startMariadb({ folder, name: 'order', source: true });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Column type, value as SQL, cell as the record has it (after JSON.parse, so long numbers are compared as text). */
const MATRIX: readonly (readonly [type: string, sql: string, cell: string])[] = [
  ['TINYINT', '-128', '-128'],
  ['TINYINT UNSIGNED', '255', '255'],
  ['SMALLINT', '-32768', '-32768'],
  ['MEDIUMINT', '-8388608', '-8388608'],
  ['MEDIUMINT UNSIGNED', '16777215', '16777215'],
  ['INT', '-2147483648', '-2147483648'],
  ['INT UNSIGNED', '4294967295', '4294967295'],
  ['BIGINT', '-9223372036854775808', '-9223372036854775808'],
  ['BIGINT', '9007199254740993', '9007199254740993'],
  ['BIGINT UNSIGNED', '18446744073709551615', '18446744073709551615'],
  [
    'DECIMAL(65,30)',
    "'-12345678901234567890123456789012345.000000000000000000000000000001'",
    '"-12345678901234567890123456789012345.000000000000000000000000000001"',
  ],
  ['DECIMAL(5,5)', "'0.00001'", '"0.00001"'],
  ['DECIMAL(18,2)', "'1.50'", '"1.50"'],
  ['FLOAT', '1.1', '1.1'],
  ['FLOAT', '16777216', '16777216'],
  ['FLOAT', '-3.40282347e38', '-3.4028235e+38'],
  ['DOUBLE', '0.1', '0.1'],
  ['DOUBLE', '1.7976931348623157e308', '1.7976931348623157e+308'],
  ['DATE', "'2024-02-29'", '"2024-02-29"'],
  ['DATE', "'0000-00-00'", '"0000-00-00"'],
  ['DATE', "'2024-02-00'", '"2024-02-00"'],
  ['DATETIME', "'9999-12-31 23:59:59'", '"9999-12-31 23:59:59"'],
  ['DATETIME(6)', "'2024-03-10 02:30:00.000001'", '"2024-03-10 02:30:00.000001"'],
  ['DATETIME(3)', "'0000-00-00 00:00:00.000'", '"0000-00-00 00:00:00.000"'],
  ['TIMESTAMP', "'2024-03-10 02:30:00'", '"2024-03-10 02:30:00"'],
  ['TIMESTAMP(6)', "'2038-01-19 03:14:07.999999'", '"2038-01-19 03:14:07.999999"'],
  ['TIMESTAMP', "'0000-00-00 00:00:00'", '"0000-00-00 00:00:00"'],
  ['TIME', "'838:59:59'", '"838:59:59"'],
  ['TIME', "'-838:59:59'", '"-838:59:59"'],
  ['TIME', "'-00:01:00'", '"-00:01:00"'],
  ['TIME', "'-01:00:00'", '"-01:00:00"'],
  ['TIME', "'-99:59:00'", '"-99:59:00"'],
  ['TIME', "'-100:00:00'", '"-100:00:00"'],
  ['TIME', "'00:00:00'", '"00:00:00"'],
  ['TIME(6)', "'-838:59:59.999999'", '"-838:59:59.999999"'],
  ['TIME(6)', "'-00:01:00.000000'", '"-00:01:00.000000"'],
  ['TIME(1)', "'-00:00:00.5'", '"-00:00:00.5"'],
  ['TIME(1)', "'-00:01:00.5'", '"-00:01:00.5"'],
  ['TIME(6)', "'-01:00:00.000001'", '"-01:00:00.000001"'],
  ['TIME(2)', "'-00:59:59.99'", '"-00:59:59.99"'],
  ['TIME(6)', "'-00:00:59.999999'", '"-00:00:59.999999"'],
  ['TIME(3)', "'12:34:56.789'", '"12:34:56.789"'],
  ['YEAR', '2155', '"2155"'],
  ['YEAR', "'0000'", '"0000"'],
  ['YEAR', '1901', '"1901"'],
  ['CHAR(10)', "'ab '", '"ab"'],
  ['VARCHAR(200)', `'quote '' back \\\\ line \\n nul \\0 end'`, JSON.stringify("quote ' back \\ line \n nul \0 end")],
  ['VARCHAR(20)', "'😀 한글 é'", '"😀 한글 é"'],
  ['VARCHAR(20) CHARACTER SET latin1', "'é€'", '"é€"'],
  ['VARCHAR(20) CHARACTER SET euckr', "'한글'", '"한글"'],
  ['VARCHAR(20) CHARACTER SET utf16', "'a한'", '"a한"'],
  ['VARCHAR(20) COLLATE uca1400_ai_ci', "'é'", '"é"'],
  ['TEXT', "''", '""'],
  ['LONGTEXT', "'long'", '"long"'],
  ['BINARY(4)', "x'0100'", '"AQAAAA=="'],
  ['VARBINARY(32)', "x'00ff10'", '"AP8Q"'],
  ['BLOB', "x''", '""'],
  ['LONGBLOB', "x'deadbeef'", '"3q2+7w=="'],
  ['BIT(1)', "b'1'", '"AQ=="'],
  ['BIT(12)', "b'101010101010'", '"Cqo="'],
  ['BIT(64)', "x'ffffffffffffffff'", '"//////////8="'],
  ["ENUM('a','b''c')", "'b''c'", `"b'c"`],
  ["ENUM('a','b')", "'no such'", '""'],
  ["SET('x','y','z')", "'z,x'", '"x,z"'],
  ["SET('x','y','z')", "''", '""'],
  ['JSON', `'{"b": 1.0, "a": 12345678901234567890}'`, JSON.stringify('{"b": 1.0, "a": 12345678901234567890}')],
  ['INT', 'NULL', 'null'],
  ['TEXT', 'NULL', 'null'],
];

test('every value arrives exactly', async () => {
  await using db = await openSchema(server, 'matrix');
  const columns = MATRIX.map(([type], index) => `c${index} ${type} NULL`);
  await db.query(
    `SET SESSION sql_mode = ''; CREATE TABLE m (id INT PRIMARY KEY, ${columns.join(', ')}, last_one BIGINT NOT NULL)`,
  );
  await using rig = buildRig({ server, schema: 'matrix', serverId: 9001, tables: { m: { recordKey: ['id'] } } });
  await rig.actor.start();

  await db.query(`INSERT INTO m VALUES (1, ${MATRIX.map(([, sql]) => sql).join(', ')}, -1)`);
  await rig.producer.until(({ sent }) => sent.length > 0);

  const text = rig.producer.sent[0]?.value.toString('utf8') ?? '';
  expect(() => JSON.parse(text)).not.toThrow();
  for (const [index, [type, sql, cell]] of MATRIX.entries()) {
    const name = `"c${index}":`;
    const next = index + 1 < MATRIX.length ? `,"c${index + 1}":` : ',"last_one":';
    const shown = text.slice(text.indexOf(name) + name.length, text.indexOf(next));
    expect(`${type} ${sql} -> ${shown}`).toBe(`${type} ${sql} -> ${cell}`);
  }
});

test('a virtual column does not stop the capture, a stored one is carried', async () => {
  await using db = await openSchema(server, 'generated');
  await db.query(
    `CREATE TABLE g (id INT PRIMARY KEY, a INT, twice INT AS (a * 2) VIRTUAL, thrice INT AS (a * 3) STORED)`,
  );
  await using rig = buildRig({ server, schema: 'generated', serverId: 9002, tables: { g: { recordKey: ['id'] } } });
  await rig.actor.start();

  await db.query('INSERT INTO g (id, a) VALUES (1, 7)');
  await rig.producer.until(({ sent }) => sent.length > 0);

  expect(rig.producer.records[0]?.payloads[0]?.new).toEqual({ id: 1, a: 7, twice: 14, thrice: 21 });
});

test.each([
  ['GEOMETRY', "ST_GeomFromText('POINT(1 2)')"],
  ['UUID', "'123e4567-e89b-12d3-a456-426655440000'"],
  ['INET6', "'::1'"],
  ['VARCHAR(9) CHARACTER SET latin1', "x'81'"],
])('a column that cannot be carried exactly stops the capture: %s', async (type, value) => {
  await using db = await openSchema(server, 'refused');
  await db.query(`CREATE TABLE r (id INT PRIMARY KEY, v ${type})`);
  await using rig = buildRig({ server, schema: 'refused', serverId: 9003, tables: { r: { recordKey: ['id'] } } });
  await rig.actor.start();

  await db.query(`INSERT INTO r VALUES (1, ${value})`);

  expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1504' });
  expect(rig.actor.status()).toMatchObject({ state: 'failed' });
});

test('a partial row image stops the capture', async () => {
  await using db = await openSchema(server, 'partial');
  await db.query('CREATE TABLE p (id INT PRIMARY KEY, a INT, b INT); INSERT INTO p VALUES (1, 1, 1)');
  await using rig = buildRig({ server, schema: 'partial', serverId: 9004, tables: { p: { recordKey: ['id'] } } });
  await rig.actor.start();

  await db.query("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE p SET a = 2");

  expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1503' });
});
