/** Who only looks at a target cannot write there, and needs no right to: on each flavour. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MysqlFailure } from '../../actors/runtime/mysql-connection.ts';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { type PipelineSettings, settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { openRowReaders } from '../../supervisor/open-row-readers.ts';
import { openTargetShards } from '../../supervisor/open-target-shards.ts';
import { serverOf } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { getShape } from '../support/row-reader-rig.ts';

const LOOKER = 'looker';
const READ_ONLY_TRANSACTION = 1792;
const TABLES = { orders: {} };
const SETTINGS: PipelineSettings = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 't' },
  target: { database: 'seller' },
  tables: TABLES,
  verification: {},
});
const ports = { clock: systemClock, logger: silentLogger };

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let target: MysqlTarget;
  const serverFor = (user: string) => serverOf({ server: { ...opened.server, user }, schema: target.schema });
  const databaseFor = (user: string) => ({ driver: 'mysql' as const, shards: [{ name: 's0', ...serverFor(user) }] });

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'looked-at', source: true });
    target = await MysqlTarget.open(opened.server, 'looked_at');
    await target.sql(`CREATE TABLE orders (id BIGINT PRIMARY KEY, memo VARCHAR(10));
      INSERT INTO orders VALUES (1, 'a');
      CREATE USER '${LOOKER}'@'%'; GRANT SELECT ON looked_at.* TO '${LOOKER}'@'%'`);
  });

  afterAll(async () => {
    await target?.[Symbol.asyncDispose]();
    await opened?.[Symbol.asyncDispose]();
  });

  test('a session of a pool that only reads refuses every write, whatever its user may do', async () => {
    const pool = new MysqlPool({
      server: serverFor(opened.server.user),
      maxConnections: 1,
      openDeadlineMs: 5_000,
      readOnly: true,
    });
    for (const sql of ["INSERT INTO orders VALUES (2, 'b')", 'DELETE FROM orders', 'CREATE TABLE more (id INT)']) {
      const failure = await pool.use((one) => one.query(sql, 5_000)).catch((error: MysqlFailure) => error);
      expect(failure).toMatchObject({ errno: READ_ONLY_TRANSACTION });
    }
    expect(await target.sql('SELECT * FROM orders')).toEqual([{ id: '1', memo: 'a' }]);
    pool.close();
  });

  test('rows and tables are read with SELECT alone, over sessions that can write nothing', async () => {
    await target.sql("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");
    const [readers] = openRowReaders(databaseFor(LOOKER), SETTINGS);
    const [shard] = openTargetShards(databaseFor(LOOKER), SETTINGS, { ...ports, readOnly: true });
    const source = new MysqlSourceDatabase({ server: serverFor(LOOKER) });
    const ofSource = source.openRowReader(new Map());
    try {
      for (const reader of [readers?.primary, ofSource]) {
        const shape = reader && (await getShape(reader, 'orders'));
        expect(shape && (await reader?.readMany(shape, [['1']]))?.size).toBe(1);
      }
      expect([...((await shard?.readTables(['orders'])) ?? [])].map(([name]) => name)).toEqual(['orders']);
    } finally {
      for (const one of [readers?.primary, readers?.first, ofSource, source]) {
        one?.close();
      }
      await shard?.close();
      await target.sql('SET GLOBAL general_log = OFF');
    }
    const logged = await target.sql(`SELECT thread_id AS thread, CONVERT(argument USING utf8mb4) AS said
      FROM mysql.general_log WHERE command_type = 'Query' AND user_host LIKE '${LOOKER}%' ORDER BY event_time`);
    const threads = [...Map.groupBy(logged, ({ thread }) => thread).values()];
    expect(threads.length).toBeGreaterThanOrEqual(3);
    for (const said of threads) {
      const set = said.flatMap(({ said: sql }) => /READ (ONLY|WRITE)$/.exec(sql ?? '')?.[0] ?? []);
      expect(set).toEqual(['READ ONLY']);
    }
  });
});
