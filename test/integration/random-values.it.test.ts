/**
 * Random rows of all types, in three ways: from records through a sink, from the binary log of a source through records and
 * a sink, and cells that a column may not be able to hold. A server is asked for what it then has, by SQL alone.
 * `FC_SEED` repeats a run; `ERGATE_RANDOM_ROWS` is the number of rows.
 */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { type DatabaseFlavour, FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { propertySeed } from '../support/property-seed.ts';
import { NULL_VALUE, RANDOM_COLUMNS, type RandomValue, readingOf } from '../support/random-values.ts';
import { buildSinkRig, openTestSession, serverIn } from '../support/sink-rig.ts';

const ROWS = Number(process.env['ERGATE_RANDOM_ROWS'] ?? 100_000);
const ROWS_AT_ONCE = 5_000;
const ROWS_PER_RECORD = 50;
const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';

const names = RANDOM_COLUMNS.map((_, at) => `c${at}`);
const DEFINITIONS = RANDOM_COLUMNS.map(({ type }, at) => `${names[at]} ${type} NULL`).join(', ');
const READINGS = RANDOM_COLUMNS.map(({ reading }, at) => `COALESCE(${readingOf(`c${at}`, reading)}, '-')`);

type Row = readonly RandomValue[];

const randomRow = (random: SeededRandom): Row =>
  RANDOM_COLUMNS.map(({ make }) => (random.chance(1 / 16) ? NULL_VALUE : make(random)));

function insertPayload(row: Row, id: number): string {
  const cells = row.map(({ json }, at) => `"c${at}":${json}`).join(',');
  return `{"op":"insert","table":"wide","old":null,"new":{"id":${id},${cells}}}`;
}

function* buildRecords(rows: readonly Row[], firstId: number, position: number) {
  for (let at = 0; at < rows.length; at += ROWS_PER_RECORD) {
    const payloads = rows.slice(at, at + ROWS_PER_RECORD).map((row, index) => insertPayload(row, firstId + at + index));
    const source = `{"epoch":0,"file":1,"position":${position + at},"ordinal":0}`;
    yield {
      key: `k${at}`,
      value: `{"commitTime":1767225600000,"source":${source},"payloads":[${payloads.join(',')}]}`,
    };
  }
}

let seed: number;
let opened: FlavourServer;
let server: DatabaseServer;

beforeAll(async () => {
  seed = propertySeed().seed ?? Math.floor(Math.random() * 2 ** 32);
  opened = await openFlavour(FLAVOURS[0] as DatabaseFlavour, { name: 'random', source: true });
  server = opened.server;
});

afterAll(() => opened[Symbol.asyncDispose]());

async function expectRows(session: mysql.Connection, rows: readonly Row[], firstId: number): Promise<void> {
  const [found] = await session.query({
    sql: `SELECT CONCAT_WS('|', ${READINGS.join(', ')}) FROM wide
      WHERE id >= ${firstId} AND id < ${firstId + rows.length} ORDER BY id`,
    rowsAsArray: true,
  });
  const lines = (found as [string][]).map(([line]) => line);
  expect(lines).toHaveLength(rows.length);
  for (const [at, row] of rows.entries()) {
    const cells = (lines[at] ?? '').split('|');
    for (const [index, { shown, json }] of row.entries()) {
      const cell = cells[index];
      const isSame = typeof shown === 'number' ? Number(cell) === shown : cell === shown;
      if (!isSame) {
        const { type } = RANDOM_COLUMNS[index] ?? {};
        throw new Error(`FC_SEED=${seed}: ${type} from ${json}: expected ${shown}, the server has ${cell}`);
      }
    }
  }
}

test(`${ROWS} random rows from records: every cell is at the target as the record says it`, async () => {
  const random = new SeededRandom(seed);
  await using session = await openTestSession(server, ['random_target', 'random_state']);
  await session.query(`USE random_target; SET time_zone = '+00:00'; SET SESSION sql_mode = '';
    CREATE TABLE wide (id INT PRIMARY KEY, ${DEFINITIONS}, ${MARKERS}) CHARACTER SET utf8mb4`);
  const state = openStateDatabase(serverIn(server, 'random_state'));
  await state.ensureSchema();
  state.close();
  await using sink = buildSinkRig({
    server,
    schemas: ['random_target'],
    stateSchema: 'random_state',
    tables: { wide: {} },
  });
  await sink.actor.start();

  for (let row = 0; row < ROWS; row += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, ROWS - row) }, () => randomRow(random));
    // Every other time into the rows that are there.
    const firstId = row - (row % (2 * ROWS_AT_ONCE));
    sink.partition.append(...buildRecords(rows, firstId, 1 + row));
    await sink.partition.untilCommitted(sink.partition.end);
    expect(sink.detail().counts).toMatchObject({ findings: 0 });
    await expectRows(session, rows, firstId);
  }
});
