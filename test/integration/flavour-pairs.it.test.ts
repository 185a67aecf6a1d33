/** Any flavour as source with any as target: from the binary log through records into the rows, compared by SQL alone. */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { CAPTURE_VALUES, CAPTURE_VALUES_OF } from '../support/capture-value-matrix.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { normalizeJson } from '../support/json-value.ts';
import { buildSinkRig, openTestSession, serverIn } from '../support/sink-rig.ts';

const servers = new Map<FlavourName, FlavourServer>();

beforeAll(async () => {
  for (const flavour of FLAVOURS) {
    servers.set(flavour.flavour, await openFlavour(flavour, { name: 'both', source: true }));
  }
});

afterAll(async () => {
  for (const opened of servers.values()) {
    await opened[Symbol.asyncDispose]();
  }
});

/** Type, and how its text is read so that a difference shows; default: the text in utf8mb4. */
const COLUMNS: readonly (readonly [type: string, values: readonly string[], read?: 'bytes' | 'double' | 'json'])[] = [
  ['TINYINT UNSIGNED', ['255', '0']],
  ['BIGINT', ['-9223372036854775808', '9007199254740993']],
  ['BIGINT UNSIGNED', ['18446744073709551615', '0']],
  ['DECIMAL(65,30)', ["'-12345678901234567890123456789012345.000000000000000000000000000001'", "'0'"]],
  ['FLOAT', ['1.1', '-3.40282347e38'], 'double'],
  ['DOUBLE', ['0.1', '1.7976931348623157e308'], 'double'],
  ['DATE', ["'0000-00-00'", "'2024-02-29'"]],
  ['DATETIME(6)', ["'2024-03-10 02:30:00.000001'", "'9999-12-31 23:59:59.999999'"]],
  ['TIMESTAMP(6)', ["'2038-01-19 03:14:07.999999'", "'2024-03-31 01:30:00.000000'"]],
  ['TIME(6)', ["'-00:59:59.999999'", "'838:59:59.000000'"]],
  ['CHAR(10)', ["'ab '", "''"]],
  ['VARCHAR(60)', [`'quote '' back \\\\ nul \\0 end'`, "'😀 한글 é '"]],
  ['VARCHAR(20) CHARACTER SET latin1', ["'é€'", "''"]],
  ['LONGTEXT', [`REPEAT('한', 70000)`, "''"]],
  ['BINARY(4)', ["x'0100'", "x'ffffffff'"], 'bytes'],
  ['VARBINARY(32)', ["x'00ff10'", "x''"], 'bytes'],
  ['BLOB', ["x'00275c1a'", "x''"], 'bytes'],
  ['BIT(12)', ["b'101010101010'", "b'0'"], 'bytes'],
  ["ENUM('a','b''c')", ["'b''c'", "'a'"]],
  ["SET('x','y','z')", ["'z,x'", "''"]],
  ['JSON', [`'{"b":[1.5,null,-7],"a":"한\\\\n"}'`, "'true'"], 'json'],
];

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const DEFINITIONS = COLUMNS.map(([type], at) => `c${at} ${type} NULL`).join(', ');
const NULLS = COLUMNS.map(() => 'NULL').join(', ');
const valuesOf = (row: number) => COLUMNS.map(([, values]) => values[row]).join(', ');

/** YEAR in a table of its own: in front of other signs MySQL 8.0 logs it unreadably. */
const CREATE = (markers: string) => `SET SESSION sql_mode = '';
  CREATE TABLE wide (id BIGINT UNSIGNED PRIMARY KEY, ${DEFINITIONS}${markers}) CHARACTER SET utf8mb4;
  CREATE TABLE years (id INT PRIMARY KEY, y YEAR NULL${markers})`;

const CHANGES = `
  INSERT INTO wide VALUES (1, ${valuesOf(0)}), (2, ${valuesOf(1)}), (18446744073709551615, ${NULLS}), (4, ${NULLS});
  UPDATE wide SET ${COLUMNS.map(([, values], at) => `c${at} = ${values[1]}`).join(', ')} WHERE id = 4;
  INSERT INTO wide VALUES (5, ${NULLS});
  BEGIN; DELETE FROM wide WHERE id = 5; UPDATE wide SET id = 6 WHERE id = 4; COMMIT;
  INSERT INTO years VALUES (1, 2155), (2, 1901), (3, NULL)`;
const ROWS_AFTER = 4;

async function readWide(session: mysql.Connection, schema: string): Promise<readonly unknown[][]> {
  const cells = COLUMNS.map(([, , read], at) => {
    const column = `c${at}`;
    switch (read) {
      case 'bytes':
        return `HEX(${column})`;
      case 'double':
        return `CAST(${column} + 0e0 AS CHAR)`;
      default:
        return `CAST(${column} AS CHAR)`;
    }
  });
  const [rows] = await session.query({
    sql: `SELECT CAST(id AS CHAR), ${cells.join(', ')} FROM ${schema}.wide ORDER BY id`,
    rowsAsArray: true,
  });
  // By value: MySQL writes JSON in its own form.
  const asValue = (cell: unknown, at: number) =>
    COLUMNS[at - 1]?.[2] === 'json' && typeof cell === 'string' ? JSON.parse(cell) : cell;
  return (rows as unknown[][]).map((row) => row.map(asValue)); // rowsAsArray
}

async function readYears(session: mysql.Connection, schema: string): Promise<readonly unknown[]> {
  const [rows] = await session.query(`SELECT id, CAST(y AS CHAR) AS y FROM ${schema}.years ORDER BY id`);
  return rows as unknown[];
}

const PAIRS = FLAVOURS.flatMap((source) => FLAVOURS.map((target) => ({ from: source.flavour, to: target.flavour })));

test.each(PAIRS)('what $from committed is what $to then holds', async ({ from, to }) => {
  const source = servers.get(from)?.server;
  const target = servers.get(to)?.server;
  if (source === undefined || target === undefined) {
    throw new Error('a server is missing');
  }
  await using db = await openSchema(source, 'pair_source');
  await db.query(CREATE(''));
  await using session = await openTestSession(target, ['pair_target', 'pair_state']);
  await session.query(`USE pair_target; ${CREATE(`, ${MARKERS}`)}`);
  const state = openStateDatabase(serverIn(target, 'pair_state'));
  await state.ensureSchema();
  state.close();

  const tables = { wide: { recordKey: ['id'] }, years: { recordKey: ['id'] } };
  await using capture = buildRig({ server: source, schema: 'pair_source', serverId: 9400, tables, partitions: 1 });
  await capture.actor.start();
  await db.query(CHANGES);
  const changes = () => capture.producer.records.reduce((sum, { payloads }) => sum + payloads.length, 0);
  await capture.producer.until(() => changes() >= 12);

  await using sink = buildSinkRig({
    server: target,
    schemas: ['pair_target'],
    stateSchema: 'pair_state',
    tables: { wide: {}, years: {} },
  });
  sink.partition.append(...capture.producer.sent);
  await sink.actor.start();
  await sink.partition.untilCommitted(BigInt(capture.producer.sent.length));

  expect(sink.detail().counts).toMatchObject({ findings: 0 });
  const expected = await readWide(db, 'pair_source');
  expect(expected).toHaveLength(ROWS_AFTER);
  expect(await readWide(session, 'pair_target')).toEqual(expected);
  expect(await readYears(session, 'pair_target')).toEqual(await readYears(db, 'pair_source'));
});

/** Of the same type where the target has it. */
const targetType = (type: string) => type.replace(/ COLLATE \w+| COMPRESSED| INVISIBLE/, '');

/** What a target cannot hold as it is, by the literal of the source. Everything else has to arrive. */
const REFUSED: readonly { readonly sql: RegExp; readonly to: readonly FlavourName[]; readonly code: string }[] = [
  { sql: /^'no such'$/, to: ['MariaDB', 'MySQL'], code: 'ERG_3203' }, // the error value of an ENUM
  { sql: /^'1970-01-01 00:00:00\.000001'$/, to: ['MySQL'], code: 'ERG_3203' },
  { sql: /^'-838:59:59\.999999'$/, to: ['MySQL'], code: 'ERG_3203' },
  { sql: /^'\{"a":1,"a":-0\}'$/, to: ['MySQL'], code: 'ERG_3302' },
];

/** By SQL alone, so that a difference shows. */
function readingOf(type: string): string {
  if (/^(CHAR|VARCHAR|TEXT|LONGTEXT|ENUM|SET)/.test(type)) {
    return 'HEX(CONVERT(? USING utf8mb4))';
  }
  if (/^(BINARY|VARBINARY|BLOB|LONGBLOB|BIT|GEOMETRY|POINT)/.test(type)) {
    return 'HEX(?)';
  }
  return /^(FLOAT|DOUBLE)/.test(type) ? 'CAST(? + 0e0 AS CHAR)' : 'CAST(? AS CHAR)';
}

/** What row `at` has in column `at`. */
async function readDiagonal(session: mysql.Connection, types: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const cells = types.map((type, at) => `WHEN ${at} THEN ${readingOf(type).replace('?', `c${at}`)}`);
  const [rows] = await session.query({
    sql: `SELECT id, COALESCE(CASE id ${cells.join(' ')} END, 'NULL') FROM matrix`,
    rowsAsArray: true,
  });
  return new Map(rows as [number, string][]); // rowsAsArray
}

test.each(PAIRS)('every value of the matrix, from $from to $to: the same, or a finding', async ({ from, to }) => {
  const source = servers.get(from)?.server;
  const target = servers.get(to)?.server;
  if (source === undefined || target === undefined) {
    throw new Error('a server is missing');
  }
  const matrix = [...CAPTURE_VALUES, ...CAPTURE_VALUES_OF[from]];
  const types = matrix.map(([type]) => type);
  const define = (type: string, at: number) => `c${at} ${type} NULL`;
  await using db = await openSchema(source, 'matrix_source');
  await db.query(`SET SESSION sql_mode = ''; CREATE TABLE matrix (id INT PRIMARY KEY, ${types.map(define)})`);
  await using session = await openTestSession(target, ['matrix_target', 'matrix_state']);
  await session.query(`USE matrix_target; SET time_zone = '+00:00';
    CREATE TABLE matrix (id INT PRIMARY KEY, ${types.map(targetType).map(define)}, ${MARKERS})`);
  const state = openStateDatabase(serverIn(target, 'matrix_state'));
  await state.ensureSchema();
  state.close();
  const tables = { matrix: { recordKey: ['id'] } };
  await using capture = buildRig({ server: source, schema: 'matrix_source', serverId: 9401, tables, partitions: 1 });
  await capture.actor.start();

  // A row per value, so that a value that is refused keeps no other one away.
  await db.query(matrix.map(([, sql], at) => `INSERT INTO matrix (id, c${at}) VALUES (${at}, ${sql})`).join(';'));
  await capture.producer.until(({ sent }) => sent.length >= matrix.length);
  await using sink = buildSinkRig({
    server: target,
    schemas: ['matrix_target'],
    stateSchema: 'matrix_state',
    tables: { matrix: {} },
  });
  sink.partition.append(...capture.producer.sent);
  await sink.actor.start();
  await sink.partition.untilCommitted(sink.partition.end);

  const there = await readDiagonal(db, types);
  const here = await readDiagonal(session, types);
  const [findings] = await session.query({
    sql: 'SELECT CAST(offset_no AS CHAR), code FROM matrix_state.ergate_finding',
    rowsAsArray: true,
  });
  const codes = new Map((findings as [string, string][]).map(([offset, code]) => [Number(offset), code])); // rowsAsArray
  const asWanted = matrix.map(([type, sql], at) => {
    const refused = REFUSED.find((one) => one.sql.test(sql) && one.to.includes(to));
    return `${type} ${sql}: ${refused?.code ?? comparable(type, there.get(at))}`;
  });
  const asFound = matrix.map(([type, sql], at) => `${type} ${sql}: ${codes.get(at) ?? comparable(type, here.get(at))}`);
  expect(asFound).toEqual(asWanted);
});

function comparable(type: string, value: string | undefined): string | undefined {
  return type === 'JSON' && value !== undefined ? normalizeJson(value) : value;
}
