/** Value matrix: what the source has is what the record says, type by type. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';

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
  ['TIME(6)', "'-00:01:00.000000'", '"-00:01:00.000000"'],
  ['TIME(1)', "'-00:00:00.5'", '"-00:00:00.5"'],
  ['TIME(1)', "'-00:01:00.5'", '"-00:01:00.5"'],
  ['TIME(6)', "'-01:00:00.000001'", '"-01:00:00.000001"'],
  ['TIME(2)', "'-00:59:59.99'", '"-00:59:59.99"'],
  ['TIME(6)', "'-00:00:59.999999'", '"-00:00:59.999999"'],
  ['TIME(3)', "'12:34:56.789'", '"12:34:56.789"'],
  ['CHAR(10)', "'ab '", '"ab"'],
  ['VARCHAR(200)', `'quote '' back \\\\ line \\n nul \\0 end'`, JSON.stringify("quote ' back \\ line \n nul \0 end")],
  ['VARCHAR(20)', "'😀 한글 é'", '"😀 한글 é"'],
  ['VARCHAR(20) CHARACTER SET latin1', "'é€'", '"é€"'],
  ['VARCHAR(20) CHARACTER SET euckr', "'한글'", '"한글"'],
  ['VARCHAR(20) CHARACTER SET utf16', "'a한'", '"a한"'],
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
  ['INT', 'NULL', 'null'],
  ['TEXT', 'NULL', 'null'],
];

const UNKNOWN_VARIABLE = 1193;

const JSON_DOCUMENT = '{"b": 1.0, "a": 12345678901234567890}';

/** The same for what only one flavour has, or has otherwise. */
const OWN: Readonly<Record<FlavourName, typeof MATRIX>> = {
  MariaDB: [
    ['YEAR', '2155', '"2155"'],
    ['TIME(6)', "'-838:59:59.999999'", '"-838:59:59.999999"'],
    ['VARCHAR(20) COLLATE uca1400_ai_ci', "'é'", '"é"'],
    ['JSON', `'${JSON_DOCUMENT}'`, JSON.stringify(JSON_DOCUMENT)],
  ],
  MySQL: [
    ['TIME(6)', "'-838:59:59.000000'", '"-838:59:59.000000"'],
    ['VARCHAR(20) COLLATE utf8mb4_0900_ai_ci', "'é'", '"é"'],
    ['JSON', `'${JSON_DOCUMENT}'`, JSON.stringify('{"a": 12345678901234567890, "b": 1.0}')],
    ['JSON', `'[-0.0, 1e22, 0.1, true, null, "\\\\u00e9"]'`, JSON.stringify('[-0.0, 1e22, 0.1, true, null, "é"]')],
    [
      'JSON',
      'JSON_ARRAY(1.10, CAST(18446744073709551615 AS UNSIGNED))',
      JSON.stringify('[1.10, 18446744073709551615]'),
    ],
    [
      'JSON',
      "JSON_ARRAY(-123456789012.00000000055, CAST('-0.5' AS DECIMAL(30,20)))",
      JSON.stringify('[-123456789012.00000000055, -0.50000000000000000000]'),
    ],
    [
      'JSON',
      "JSON_ARRAY(CAST('2024-02-29' AS DATE), CAST('-11:02:03.5' AS TIME(6)), CAST('2024-02-29 23:59:58.000001' AS DATETIME(6)))",
      JSON.stringify('["2024-02-29", "-11:02:03.500000", "2024-02-29 23:59:58.000001"]'),
    ],
    [
      'JSON',
      "JSON_ARRAY(REPEAT('x', 70000), 100000, -70000, 3000000000)",
      JSON.stringify(`["${'x'.repeat(70_000)}", 100000, -70000, 3000000000]`),
    ],
    ['JSON', "'null'", '"null"'],
    ['JSON', `'"😀"'`, JSON.stringify('"😀"')],
    ['JSON', `'{"10": 1, "9": 2, "__proto__": 3}'`, JSON.stringify('{"9": 2, "10": 1, "__proto__": 3}')],
  ],
};

/** What may not exist on a server: those are tried on the other only. */
const UNCARRIED: readonly { type: string; value: string; only?: FlavourName }[] = [
  { type: 'GEOMETRY', value: "ST_GeomFromText('POINT(1 2)')" },
  { type: 'UUID', value: "'123e4567-e89b-12d3-a456-426655440000'", only: 'MariaDB' },
  { type: 'INET6', value: "'::1'", only: 'MariaDB' },
  { type: 'VARCHAR(9) CHARACTER SET latin1', value: "x'81'" },
  { type: 'JSON', value: "JSON_ARRAY(x'00ff')", only: 'MySQL' },
];

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    process.env['TZ'] = 'Asia/Seoul'; // the zone of this process must not matter
    opened = await openFlavour(flavour, { name: 'order', source: true });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  test('every value arrives exactly', async () => {
    await using db = await openSchema(server, 'matrix');
    const matrix = [...MATRIX, ...OWN[flavour.flavour]];
    const columns = matrix.map(([type], index) => `c${index} ${type} NULL`);
    await db.query(
      `SET SESSION sql_mode = ''; CREATE TABLE m (id INT PRIMARY KEY, ${columns.join(', ')}, last_one BIGINT NOT NULL)`,
    );
    await using rig = buildRig({ server, schema: 'matrix', serverId: 9001, tables: { m: { recordKey: ['id'] } } });
    await rig.actor.start();

    await db.query(`INSERT INTO m VALUES (1, ${matrix.map(([, sql]) => sql).join(', ')}, -1)`);
    await rig.producer.until(({ sent }) => sent.length > 0);

    const text = rig.producer.sent[0]?.value.toString('utf8') ?? '';
    expect(() => JSON.parse(text)).not.toThrow();
    for (const [index, [type, sql, cell]] of matrix.entries()) {
      const name = `"c${index}":`;
      const next = index + 1 < matrix.length ? `,"c${index + 1}":` : ',"last_one":';
      const shown = text.slice(text.indexOf(name) + name.length, text.indexOf(next));
      expect(`${type} ${sql} -> ${shown}`).toBe(`${type} ${sql} -> ${cell}`);
    }
  });

  test('every year arrives', async () => {
    await using db = await openSchema(server, 'years');
    await db.query("SET SESSION sql_mode = ''; CREATE TABLE y (id INT PRIMARY KEY, v YEAR)");
    await using rig = buildRig({ server, schema: 'years', serverId: 9005, tables: { y: { recordKey: ['id'] } } });
    await rig.actor.start();
    await db.query("INSERT INTO y VALUES (1, 2155), (2, '0000'), (3, 1901), (4, NULL)");
    await rig.producer.until(({ records }) => records.length === 4);
    expect(rig.producer.records.map(({ payloads }) => payloads[0]?.new?.['v'])).toEqual(['2155', '0000', '1901', null]);
  });

  /** MySQL 8.0 leaves YEAR out of the signs that it logs, the log library counts it in: signs behind it are another's. */
  test.each([
    ["signs that are another column's", 'a BIGINT, b INT UNSIGNED', '-9223372036854775808, 4294967295'],
    ['so many numbers that a definition cannot be read', `${'abcdef'.replace(/./g, '$& INT,')} g INT`, '1,2,3,4,5,6,7'],
  ])('a YEAR in front of %s: arrives from MariaDB, is refused from MySQL', async (_, columns, values) => {
    await using db = await openSchema(server, 'year_trap');
    await db.query(`CREATE TABLE y (id INT PRIMARY KEY, v YEAR, ${columns})`);
    await using rig = buildRig({ server, schema: 'year_trap', serverId: 9006, tables: { y: { recordKey: ['id'] } } });
    await rig.actor.start();
    await db.query(`INSERT INTO y VALUES (1, 2024, ${values})`);
    if (flavour.flavour === 'MySQL') {
      expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1504', message: expect.stringContaining('YEAR') });
      expect(rig.producer.records).toEqual([]);
    } else {
      await rig.producer.until(({ records }) => records.length > 0);
      const text = rig.producer.sent[0]?.value.toString('utf8') ?? '';
      expect(text).toContain(values.split(',')[0]?.trim());
      expect(
        Object.values(rig.producer.records[0]?.payloads[0]?.new ?? {})
          .slice(3)
          .map(String),
      ).toEqual(
        values
          .split(',')
          .slice(1)
          .map((value) => value.trim()),
      );
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

  test.each(UNCARRIED.filter(({ only = flavour.flavour }) => only === flavour.flavour))(
    'a column that cannot be carried exactly stops the capture: $type',
    async ({ type, value }) => {
      await using db = await openSchema(server, 'refused');
      await db.query(`CREATE TABLE r (id INT PRIMARY KEY, v ${type})`);
      await using rig = buildRig({ server, schema: 'refused', serverId: 9003, tables: { r: { recordKey: ['id'] } } });
      await rig.actor.start();

      await db.query(`INSERT INTO r VALUES (1, ${value})`);

      expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1504' });
      expect(rig.actor.status()).toMatchObject({ state: 'failed' });
    },
  );

  test('a partial row image stops the capture', async () => {
    await using db = await openSchema(server, 'partial');
    await db.query('CREATE TABLE p (id INT PRIMARY KEY, a INT, b INT); INSERT INTO p VALUES (1, 1, 1)');
    await using rig = buildRig({ server, schema: 'partial', serverId: 9004, tables: { p: { recordKey: ['id'] } } });
    await rig.actor.start();

    await db.query("SET SESSION binlog_row_image = 'MINIMAL'; UPDATE p SET a = 2");

    expect(await rig.actor.ended).toMatchObject({ code: 'ERG_1503' });
  });

  test('an update that logs a part of a JSON document stops the capture, where a server can do that', async () => {
    await using db = await openSchema(server, 'partial_json');
    await db.query(`CREATE TABLE j (id INT PRIMARY KEY, v JSON); INSERT INTO j VALUES (1, '{"a": "abc", "b": 2}')`);
    await using rig = buildRig({
      server,
      schema: 'partial_json',
      serverId: 9007,
      tables: { j: { recordKey: ['id'] } },
    });
    await rig.actor.start();
    const allow = db.query("SET SESSION binlog_row_value_options = 'PARTIAL_JSON'");
    if (flavour.flavour === 'MariaDB') {
      await expect(allow).rejects.toMatchObject({ errno: UNKNOWN_VARIABLE });
      return;
    }
    await allow;
    await db.query("UPDATE j SET v = JSON_SET(v, '$.a', 'x')");
    expect(await rig.actor.ended).toMatchObject({
      code: 'ERG_1509',
      message: expect.stringContaining('PARTIAL_JSON'),
    });
  });
});
