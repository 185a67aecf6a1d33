/** Points in time do not depend on a clock on the wall: neither of this process, nor of a server, nor of a session. */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { buildSinkRig, openTestSession, serverIn } from '../support/sink-rig.ts';

const COLUMNS = 'at TIMESTAMP(6) NULL, local DATETIME(6) NULL, day DATE NULL, span TIME(6) NULL';
const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';

/** In UTC; the clocks of New York skip the second hour of 10 March and have that of 3 November twice. */
const POINTS = [
  '1970-01-01 00:00:01.000000',
  '2024-03-10 02:30:00.000001',
  '2024-03-10 06:59:59.999999',
  '2024-03-10 07:00:00.000000',
  '2024-11-03 05:30:00.000000',
  '2024-11-03 06:30:00.000000',
  '2024-03-31 01:30:00.000000',
  '2038-01-19 03:14:07.999999',
  '0000-00-00 00:00:00.000000',
];

/** Hours of a local time do not exist in some zone, whichever it is: they are carried as they are written. */
const LOCAL = "'2024-03-10 02:30:00.5', '2024-03-10', '-26:30:00.25'";

/** @param summer minutes that the zone of this process is behind UTC in July */
const ZONES = [
  { ofProcess: 'America/New_York', summer: 240, ofServer: 'SYSTEM', ofSession: 'SYSTEM' },
  { ofProcess: 'Asia/Kolkata', summer: -330, ofServer: '+13:00', ofSession: '-12:00' },
  { ofProcess: 'UTC', summer: 0, ofServer: '-12:00', ofSession: '+00:00' },
];

describe.each(FLAVOURS)('$flavour', (flavour) => {
  const zoneBefore = process.env['TZ'];
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    process.env['TZ'] = 'America/New_York'; // what SYSTEM is to the server
    opened = await openFlavour(flavour, { name: 'zones', source: true });
    server = opened.server;
  });

  afterAll(async () => {
    if (zoneBefore === undefined) {
      delete process.env['TZ'];
    } else {
      process.env['TZ'] = zoneBefore;
    }
    await opened[Symbol.asyncDispose]();
  });

  test.each(ZONES)('process in $ofProcess, server in $ofServer, session of the source in $ofSession', async (zones) => {
    process.env['TZ'] = zones.ofProcess;
    expect(new Date(2024, 6, 1).getTimezoneOffset()).toBe(zones.summer);
    await using source = await openSchema(server, 'zone_source');
    await source.query(`SET GLOBAL time_zone = '${zones.ofServer}'; SET SESSION sql_mode = '';
      CREATE TABLE moments (id INT PRIMARY KEY, ${COLUMNS})`);
    await using session = await openTestSession(server, ['zone_target', 'zone_state']);
    await session.query(`USE zone_target; SET time_zone = '+00:00';
      CREATE TABLE moments (id INT PRIMARY KEY, ${COLUMNS}, ${MARKERS})`);
    const state = openStateDatabase(serverIn(server, 'zone_state'));
    await state.ensureSchema();
    state.close();
    const tables = { moments: { recordKey: ['id'] } };
    await using capture = buildRig({ server, schema: 'zone_source', serverId: 9600, tables, partitions: 1 });
    await capture.actor.start();
    await using sink = buildSinkRig({
      server,
      schemas: ['zone_target'],
      stateSchema: 'zone_state',
      tables: { moments: {} },
    });
    await sink.actor.start();

    const rows = POINTS.map((point, id) => `(${id}, '${point}', ${LOCAL})`);
    await source.query(`INSERT INTO moments VALUES ${rows}`);
    await source.query(`SET time_zone = '${zones.ofSession}'; UPDATE moments SET day = '2024-03-11' WHERE id > 0`);
    await source.query(`SET time_zone = '+00:00'`);
    const changes = 2 * POINTS.length - 1;
    await capture.producer.until(({ sent }) => sent.length >= changes);
    sink.partition.append(...capture.producer.sent);
    await sink.partition.untilCommitted(BigInt(changes));

    const expected = POINTS.map((point, id) => [
      point,
      '2024-03-10 02:30:00.500000',
      id > 0 ? '2024-03-11' : '2024-03-10',
      '-26:30:00.250000',
    ]);
    expect(await read(source)).toEqual(expected);
    expect(await read(session)).toEqual(expected);
    const [late] = await session.query({
      sql: 'SELECT COUNT(*) FROM moments WHERE rpc_time BETWEEN UTC_TIMESTAMP() - INTERVAL 2 MINUTE AND UTC_TIMESTAMP()',
      rowsAsArray: true,
    });
    expect(late).toEqual([[String(POINTS.length)]]);
  });
});

async function read(session: mysql.Connection): Promise<unknown> {
  const cells = ['at', 'local', 'day', 'span'].map((column) => `CAST(${column} AS CHAR)`);
  const [rows] = await session.query({ sql: `SELECT ${cells} FROM moments ORDER BY id`, rowsAsArray: true });
  return rows;
}
