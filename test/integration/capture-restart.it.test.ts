/** A capture that reads over the point at which its source was started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { buildRig, openSchema } from '../support/capture-rig.ts';

test('rows keep their tables when a source that was killed gives its table ids out in another order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ergate-restart-'));
  const server = await startMariadb({ folder, name: 'order', source: true });
  const { host, port, user } = server;
  try {
    const before = await openSchema(server, 'reborn');
    await before.query(
      'CREATE TABLE first (id INT PRIMARY KEY, a VARBINARY(8)); CREATE TABLE second (id INT PRIMARY KEY, b INT)',
    );
    await server.killHard(); // the ids of tables that were only just made would be their last
    await server.start();
    const opened = await mysql.createConnection({ host, port, user, database: 'reborn' });
    opened.on('error', () => {}); // it dies with the server
    await opened.query("INSERT INTO first VALUES (1, 'x')");
    await opened.query('INSERT INTO second VALUES (2, 20)');
    await server.killHard();
    await server.start();
    const after = await mysql.createConnection({ host, port, user, database: 'reborn' });
    await after.query('INSERT INTO second VALUES (3, 30)');
    await after.query("INSERT INTO first VALUES (4, 'y')");
    await after.end();

    const tables = { first: { recordKey: ['id'] }, second: { recordKey: ['id'] } };
    await using rig = buildRig({ server, schema: 'reborn', tables, serverId: 9300, startFrom: 'oldest' });
    await rig.actor.start();
    await rig.producer.until(({ records }) => records.length >= 4);
    const rows = rig.producer.records.flatMap(({ payloads }) => payloads.map((one) => [one.table, one.new]));
    expect(rows).toEqual([
      ['first', { id: 1, a: Buffer.from('x').toString('base64') }],
      ['second', { id: 2, b: 20 }],
      ['second', { id: 3, b: 30 }],
      ['first', { id: 4, a: Buffer.from('y').toString('base64') }],
    ]);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
