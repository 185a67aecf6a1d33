/**
 * Random rows of all types, most of them on MariaDB: from records through a sink, and from the binary log of a source
 * through records and a sink. What the server then has is asked for by SQL alone. `FC_SEED` repeats a run;
 * `ERGATE_RANDOM_ROWS` sets the number of rows.
 */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { propertySeed } from '../support/property-seed.ts';
import {
  createTables,
  findDifference,
  insertPayload,
  RANDOM_TABLES,
  type RandomRow,
  type RandomTable,
  randomRow,
  readRows,
} from '../support/random-rows.ts';
import { buildSinkRig, openTestSession, type SinkRig, serverIn } from '../support/sink-rig.ts';

const ALL_ROWS = Number(process.env['ERGATE_RANDOM_ROWS'] ?? 100_000);
const MAX_ROWS_AT_ONCE = 2_000;
const ROWS_PER_RECORD = 50;
const MARKERS = ', ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';

function* buildRecords(table: RandomTable, rows: readonly RandomRow[], firstId: number, position: number) {
  for (let at = 0; at < rows.length; at += ROWS_PER_RECORD) {
    const some = rows.slice(at, at + ROWS_PER_RECORD);
    const payloads = some.map((row, index) => insertPayload(table, firstId + at + index, row));
    const source = `{"epoch":0,"file":1,"position":${position + at},"ordinal":0}`;
    yield { key: `k${at}`, value: `{"commitTime":1767225600000,"source":${source},"payloads":[${payloads}]}` };
  }
}

interface Round {
  readonly table: RandomTable;
  readonly from: number;
  readonly count: number;
}

/** The tables in turn, each at least once. */
function listRounds(rows: number): readonly Round[] {
  const size = Math.min(MAX_ROWS_AT_ONCE, Math.ceil(rows / RANDOM_TABLES.length));
  return Array.from({ length: Math.ceil(rows / size) }, (_, round) => round).flatMap((round) => {
    const table = RANDOM_TABLES[round % RANDOM_TABLES.length];
    const from = round * size;
    return table === undefined ? [] : [{ table, from, count: Math.min(size, rows - from) }];
  });
}

describe.each(FLAVOURS)('$flavour', (flavour) => {
  const rowCount = flavour.flavour === 'MariaDB' ? ALL_ROWS : ALL_ROWS / 20;
  const capturedRows = rowCount / 10;
  let seed: number;
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    seed = propertySeed().seed ?? Math.floor(Math.random() * 2 ** 32);
    opened = await openFlavour(flavour, { name: 'random', source: true });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  async function openTarget(): Promise<mysql.Connection & AsyncDisposable> {
    const session = await openTestSession(server, ['random_target', 'random_state']);
    await session.query(`USE random_target; SET time_zone = '+00:00'; ${createTables(MARKERS)}`);
    const state = openStateDatabase(serverIn(server, 'random_state'));
    await state.ensureSchema();
    state.close();
    return session;
  }

  async function startSink(): Promise<SinkRig> {
    const tables = Object.fromEntries(RANDOM_TABLES.map(({ name }) => [name, {}]));
    const sink = buildSinkRig({ server, schemas: ['random_target'], stateSchema: 'random_state', tables });
    await sink.actor.start();
    return sink;
  }

  async function expectRows(
    session: mysql.Connection,
    table: RandomTable,
    rows: readonly RandomRow[],
    firstId: number,
  ): Promise<void> {
    const lines = await readRows(session, table, [firstId, firstId + rows.length]);
    expect(lines).toHaveLength(rows.length);
    const differences = rows.map((row, at) => findDifference(table, row, lines[at])).filter((one) => one !== undefined);
    expect(differences, `FC_SEED=${seed}`).toEqual([]);
  }

  test(`${rowCount} random rows from records: every cell is at the target as the record says it`, async () => {
    const random = new SeededRandom(seed);
    await using session = await openTarget();
    await using sink = await startSink();
    const half = listRounds(rowCount / 2);
    // First into empty tables, then into the rows that are there.
    for (const [at, { table, from, count }] of [...half, ...half].entries()) {
      const rows = Array.from({ length: count }, () => randomRow(table, random));
      sink.partition.append(...buildRecords(table, rows, from, 1 + at * MAX_ROWS_AT_ONCE));
      await sink.partition.untilCommitted(sink.partition.end);
      expect(sink.detail().counts).toMatchObject({ findings: 0 });
      await expectRows(session, table, rows, from);
    }
  });

  test(`${capturedRows} random rows from the log of a source: every cell is at the target as it was committed`, async () => {
    const random = new SeededRandom(seed, 1);
    await using source = await openSchema(server, 'random_source');
    await source.query(`SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'; ${createTables()}`);
    const tables = Object.fromEntries(RANDOM_TABLES.map(({ name }) => [name, { recordKey: ['id'] }]));
    await using capture = buildRig({ server, schema: 'random_source', serverId: 9500, tables, partitions: 1 });
    await capture.actor.start();
    await using session = await openTarget();
    await using sink = await startSink();
    for (const { table, from, count } of listRounds(capturedRows)) {
      const rows = Array.from({ length: count }, () => randomRow(table, random));
      const values = rows.map((row, at) => `(${[from + at, ...row.map(({ sql }) => sql)]})`);
      await source.query(`INSERT INTO ${table.name} VALUES ${values}`);
      await capture.producer.until(({ sent }) => sent.length >= from + count); // one record per row
      sink.partition.append(...capture.producer.sent.slice(from));
      await sink.partition.untilCommitted(sink.partition.end);
      expect(sink.detail().counts).toMatchObject({ findings: 0 });
      const ids = [from, from + count] as const;
      expect(await readRows(session, table, ids), `FC_SEED=${seed}`).toEqual(await readRows(source, table, ids));
      // MySQL itself reads some doubles in a document as their neighbours.
      if (flavour.flavour === 'MariaDB') {
        await expectRows(session, table, rows, from);
      }
    }
  });
});
