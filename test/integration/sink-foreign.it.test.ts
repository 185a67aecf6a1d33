/** Records that Debezium and Maxwell really wrote, through the sink into a real MariaDB, against the rows of their source. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TYPED_COLUMNS } from '../../deploy/fixtures/every-type.ts';
import { type RowText as Row, readRows } from '../../deploy/fixtures/read-rows.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import maxwellRecords from '../fixtures/maxwell/records.json' with { type: 'json' };
import maxwellRows from '../fixtures/maxwell/rows.json' with { type: 'json' };
import { buildSinkRig, type SinkRigOptions } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';
import { FIXTURE_COLUMNS, FIXTURES, type FixtureName, ROWS } from '../unit/protocol/change/decode/debezium/fixtures.ts';

const CREATE = `CREATE TABLE every_type (id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  ${TYPED_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')}, c_added INT NULL,
  ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL)`;
// A geometry has no form that a target takes.
const TABLES = { every_type: { ignoreColumns: ['c_geometry'] } };

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-foreign-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What is at the source in the end, had it not been emptied: that is passed over. */
function expectRows(known: (id: string) => Row, longTimes: readonly string[]): readonly Row[] {
  const changed = { c_varchar: 'updated', c_datetime6: '2026-01-02 03:04:05.123450' };
  const empty = known('5');
  return [
    { ...known('1'), ...changed },
    { ...known('2'), ...changed },
    { ...empty, id: '6' },
    { ...empty, id: '7' },
    ...longTimes.map(known),
    known('18446744073709551615'),
  ].map(pick);
}

/** Without what is not replicated. */
function pick(row: Row): Row {
  const names = ['id', ...TYPED_COLUMNS.map(({ name }) => name)].filter((name) => name !== 'c_geometry');
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function knownBy(rows: readonly Row[]): (id: string) => Row {
  return (id) => rows.find((row) => row['id'] === id) as Row; // a missing one makes the rows differ
}

async function replicate(source: object, values: readonly (string | Buffer | null)[]) {
  await using target = await aTarget(server, 1, CREATE);
  await using rig = buildSinkRig({ ...target.options, ...optionsOf(source) });
  rig.partition.append(...values.map((value) => ({ value })));
  await rig.actor.start();
  expect(rig.actor.status()).toMatchObject({ state: 'running' });
  await rig.partition.untilCommitted(BigInt(values.length));
  await target.sql.query(`USE ${target.schemas[0]}`);
  const rows = (await readRows(target.sql)).map(pick);
  return { rows, findings: await target.findings(), counts: rig.detail().counts };
}

function optionsOf(source: object): Pick<SinkRigOptions, 'tables' | 'settings'> {
  return { tables: TABLES, settings: { source: { database: 'order', topic: 'shop', ...source } } };
}

function debeziumSource(name: FixtureName, debezium: object = {}): object {
  const withoutSchema = name === 'plain' ? 'accept' : 'refuse';
  return {
    format: 'debezium',
    columns: { every_type: FIXTURE_COLUMNS[name] },
    debezium: { withoutSchema, truncate: 'ignore', ...debezium },
  };
}

describe.each(['precise', 'connect', 'iso', 'plain'] as const)(
  'all topics of the Debezium connector "%s" in one',
  (name) => {
    const values = FIXTURES[name].map(({ value }) => value);

    test.each([{}, { logEpoch: 3 }])('end in the rows of the source, with the settings %j', async (more) => {
      const { rows, findings, counts } = await replicate({ ...debeziumSource(name), ...more }, values);
      const expected = expectRows(knownBy([...ROWS.values()]), ['8', '9']);
      expect(rows).toEqual(expected.map((row) => cut(name, row)));
      expect(findings).toEqual([]);
      expect(counts).toMatchObject({ records: values.length, tombstones: 2, findings: 0 });
    });

    test('end in the same rows when all of it is sent again, the reads of the snapshot too', async () => {
      const once = await replicate(debeziumSource(name), values);
      const twice = await replicate({ ...debeziumSource(name), logEpoch: 3 }, [...values, ...values]);
      expect(twice.rows).toEqual(once.rows);
    });
  },
);

/** What the connector loses: a TIME below zero or beyond a day, and with Kafka Connect's own types also microseconds. */
function cut(name: FixtureName, row: Row): Row {
  if (name !== 'connect' && name !== 'iso') {
    return row;
  }
  const isLong = row['id'] === '8' || row['id'] === '9';
  const cutCell = (cell: Row[string] = null) =>
    name === 'iso' ? cell : (cell?.replace(/(\.\d{3})\d{3}$/, '$1000') ?? null);
  return {
    ...row,
    c_time: isLong ? null : cutCell(row['c_time']),
    c_time6: isLong ? null : cutCell(row['c_time6']),
    c_datetime6: cutCell(row['c_datetime6']),
  };
}

test('a TRUNCATE is a finding that keeps the rows, unless it is to be passed over', async () => {
  const values = FIXTURES.precise.map(({ value }) => value);
  const source = debeziumSource('precise', { truncate: 'finding' });
  const { rows, findings } = await replicate(source, values);
  expect(rows.map(({ id }) => id)).toEqual(['1', '2', '6', '7', '8', '9', '18446744073709551615']);
  expect(findings).toMatchObject([{ code: 'ERG_1014' }]);
});

test('the records of Maxwell end in the rows of the source; what a bootstrap garbles is a finding each', async () => {
  const columns = { c_bit1: 'bit-number', c_bit10: 'bit-number', c_bit64: 'bit-number', c_set: 'set', c_json: 'json' };
  const source = { format: 'maxwell', logEpoch: 0, columns: { every_type: columns } };
  const { rows, findings } = await replicate(source, maxwellRecords);
  const bootstrapped = maxwellRecords.flatMap((record, offset) =>
    record.includes('"bootstrap-insert"') ? [offset] : [],
  );
  expect(findings.map(({ offset_no, code }) => [Number(offset_no), code])).toEqual(
    bootstrapped.map((offset) => [offset, 'ERG_1015']),
  );
  // A document that is null is NULL in the record, and MySQL spells documents in its own way.
  const spell = (row: Row) => ({ ...row, c_json: JSON.parse(String(row['c_json'] ?? null)) });
  const texts = ['10', '11', '12', '13'];
  const known = knownBy(maxwellRows);
  const lost = ['8', '9']; // TIME below zero or beyond a day
  expect(rows.filter(({ id }) => !lost.includes(String(id))).map(spell)).toEqual(expectRows(known, texts).map(spell));
});

test('a sink that would have to guess waits and reads nothing', async () => {
  await using target = await aTarget(server, 1, CREATE);
  const source = { ...debeziumSource('plain'), columns: {} };
  await using rig = buildSinkRig({ ...target.options, ...optionsOf(source) });
  rig.partition.append(...FIXTURES.plain.map(({ value }) => ({ value })));
  await rig.actor.start();
  expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_1018') });
  expect(rig.partition.commits).toEqual([]);
});
