/** A capture that reads over the point at which its source was started again. */
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { buildRig, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, openFlavour } from '../support/database-flavours.ts';

test.each(FLAVOURS)(
  '$flavour: rows keep their tables when a source that was killed gives its table ids out in another order',
  async (flavour) => {
    await using opened = await openFlavour(flavour, { name: 'order', source: true });
    const { server } = opened;
    const { host, port, user } = server;
    const before = await openSchema(server, 'reborn');
    await before.query(
      'CREATE TABLE first (id INT PRIMARY KEY, a VARBINARY(8)); CREATE TABLE second (id INT PRIMARY KEY, b INT)',
    );
    await server.killHard(); // the ids of tables that were only just made would be their last
    await server.start();
    const between = await mysql.createConnection({ host, port, user, database: 'reborn' });
    between.on('error', () => {}); // it dies with the server
    await between.query("INSERT INTO first VALUES (1, 'x')");
    await between.query('INSERT INTO second VALUES (2, 20)');
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
  },
);
