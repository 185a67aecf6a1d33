/** Value matrix: what the source has is what the record says, type by type. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { CAPTURE_VALUES, CAPTURE_VALUES_OF } from '../support/capture-value-matrix.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';

const UNKNOWN_VARIABLE = 1193;

/** What may not exist on a server: those are tried on the other only. */
const UNCARRIED: readonly { type: string; value: string; only?: FlavourName }[] = [
  { type: 'UUID', value: "'123e4567-e89b-12d3-a456-426655440000'", only: 'MariaDB' },
  { type: 'INET6', value: "'::1'", only: 'MariaDB' },
  { type: 'VARCHAR(9) CHARACTER SET utf8mb4', value: "_utf8mb4 x'eda080'", only: 'MariaDB' },
  { type: 'VARCHAR(9) CHARACTER SET utf8mb3', value: "_utf8mb3 x'eda080'", only: 'MariaDB' },
  { type: 'VARCHAR(9) CHARACTER SET ucs2', value: "x'd800'" },
  { type: 'VARCHAR(9) CHARACTER SET euckr', value: "x'c9a1'" },
  { type: 'VARCHAR(9) CHARACTER SET tis620', value: "x'fc'" },
  { type: 'VARCHAR(9) CHARACTER SET gb18030', value: "'a'", only: 'MySQL' },
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
    const matrix = [...CAPTURE_VALUES, ...CAPTURE_VALUES_OF[flavour.flavour]];
    const columns = matrix.map(([type], index) => `c${index} ${type} NULL`);
    await db.query(
      `SET SESSION sql_mode = ''; CREATE TABLE m (id INT PRIMARY KEY, ${columns.join(', ')}, last_one BIGINT NOT NULL)`,
    );
    await using rig = buildRig({ server, schema: 'matrix', serverId: 9001, tables: { m: { recordKey: ['id'] } } });
    await rig.actor.start();

    const names = ['id', ...matrix.map((_, index) => `c${index}`), 'last_one'];
    await db.query(`INSERT INTO m (${names}) VALUES (1, ${matrix.map(([, sql]) => sql).join(', ')}, -1)`);
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

  test('a text behind a geometry is read in its own character set', async () => {
    await using db = await openSchema(server, 'places');
    await db.query(
      `CREATE TABLE p (id INT PRIMARY KEY, at POINT, a VARCHAR(9) CHARACTER SET latin1, b BLOB, area GEOMETRY,
        c TEXT CHARACTER SET euckr, d ENUM('é') CHARACTER SET latin1, e CHAR(9))`,
    );
    await using rig = buildRig({ server, schema: 'places', serverId: 9008, tables: { p: { recordKey: ['id'] } } });
    await rig.actor.start();

    await db.query("INSERT INTO p VALUES (1, NULL, 'é', 'é', NULL, '한', 'é', '한😀')");
    await rig.producer.until(({ sent }) => sent.length > 0);

    const values = { id: 1, at: null, a: 'é', b: 'w6k=', area: null, c: '한', d: 'é', e: '한😀' };
    expect(rig.producer.records[0]?.payloads[0]?.new).toEqual(values);
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
