/**
 * The row anchor on real sources. A server writes a transaction to its log before it shows it to readers: the tests hold a
 * commit in that window, with a delay of the group commit (MySQL) or a semi-synchronous replica that never answers (MariaDB).
 */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { MysqlRowAnchor } from '../../actors/source/mysql-row-anchor.ts';
import { readTables } from '../../actors/target/mysql/read-tables.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { openTestSession, serverIn } from '../support/sink-rig.ts';

const STALL: Readonly<Record<FlavourName, string>> = {
  MySQL: 'SET GLOBAL sync_binlog = 0; SET GLOBAL binlog_group_commit_sync_delay = 1000000',
  MariaDB: `SET GLOBAL rpl_semi_sync_master_timeout = 10000; SET GLOBAL rpl_semi_sync_master_wait_no_slave = ON;
    SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC; SET GLOBAL rpl_semi_sync_master_enabled = ON`,
};
const GO_ON: Readonly<Record<FlavourName, string>> = {
  MySQL: 'SET GLOBAL sync_binlog = 1; SET GLOBAL binlog_group_commit_sync_delay = 0',
  MariaDB: 'SET GLOBAL rpl_semi_sync_master_enabled = OFF',
};

/** MySQL before 8.0.22 lets nobody lock who may only read. */
const RIGHTS: Readonly<Record<FlavourName, string>> = { MySQL: 'SELECT, LOCK TABLES', MariaDB: 'SELECT' };

const aRow = (id: number, more: Partial<RowName> = {}): RowName => ({
  table: 'orders',
  shard: 's',
  rowKey: String(id),
  targetKey: [['id', String(id)]],
  sourceKey: [['id', String(id)]],
  ...more,
});

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let sql: mysql.Connection;
  let writer: mysql.Connection;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'source', source: true });
    sql = await openTestSession(opened.server, ['source']);
    writer = await openTestSession(opened.server, []);
    await sql.query('USE source; CREATE TABLE orders (id BIGINT PRIMARY KEY, v INT)');
    await writer.query('USE source');
  });

  beforeEach(() => sql.query('DELETE FROM orders; INSERT INTO orders VALUES (1, 1), (2, 1)'));

  afterAll(async () => {
    sql.destroy();
    writer.destroy();
    await opened[Symbol.asyncDispose]();
  });

  function openAnchor(logEpoch: number | undefined, user = 'root') {
    const server = { ...serverIn(opened.server, 'source'), user };
    const pool = new MysqlPool({ server, maxConnections: 1, openDeadlineMs: 5_000 });
    const tables = {
      readTables: (names: readonly string[]) =>
        pool.use((connection) =>
          readTables(connection, { database: 'source', tables: names, primaryKeys: new Map([['keyless', ['id']]]) }),
        ),
    };
    return Object.assign(new MysqlRowAnchor({ pool, tables, logEpoch }), { [Symbol.dispose]: () => pool.close() });
  }

  async function readEnd() {
    const [rows] = await sql.query('SHOW BINARY LOGS');
    const { Log_name: name, File_size: position } = (rows as { Log_name: string; File_size: unknown }[]).at(-1)!;
    return { file: Number(name.split('.')[1]), position: Number(position) };
  }

  test('tells the end of the log, in the terms of the stream', async () => {
    using anchor = openAnchor(3);
    expect(await anchor.settle([aRow(1), aRow(7)])).toEqual({
      position: { epoch: 3, ordinal: 0, ...(await readEnd()) },
      unsettled: new Map(),
    });
  });

  test.each([
    { what: 'an update', change: 'UPDATE orders SET v = 2 WHERE id = 1', before: '1', after: '2' },
    { what: 'a delete', change: 'DELETE FROM orders WHERE id = 1', before: '1', after: undefined },
    { what: 'an insert', change: 'INSERT INTO orders VALUES (1, 2)', before: undefined, after: '2' },
  ])('does not settle a row of which $what is in the log and not to be seen yet', async ({ change, before, after }) => {
    using anchor = openAnchor(3);
    const read = async () => {
      const [rows] = await sql.query('SELECT CAST(v AS CHAR) AS v FROM orders WHERE id = 1');
      return (rows as { v: string }[])[0]?.v;
    };
    if (before === undefined) {
      await sql.query('DELETE FROM orders WHERE id = 1');
    }
    const start = await readEnd();
    await sql.query(STALL[flavour.flavour]);
    const committed = writer.query(change);
    await expect.poll(readEnd, { interval: 5 }).not.toEqual(start);
    expect(await read()).toBe(before); // a reader is shown what was
    const row = aRow(1);
    const { unsettled } = await anchor.settle([aRow(2), row]);
    await sql.query(GO_ON[flavour.flavour]);
    await committed;
    expect([...unsettled].map(([of, { code }]) => [of, code])).toEqual([[row, 'ERG_5205']]);

    const settled = await anchor.settle([row]);
    expect(settled.unsettled.size).toBe(0);
    expect(await read()).toBe(after);
  });

  test('waits for nobody who holds a row, and keeps nobody from it', async () => {
    using anchor = openAnchor(3);
    await writer.query('START TRANSACTION; UPDATE orders SET v = 9 WHERE id = 1');
    const { unsettled } = await anchor.settle([aRow(1), aRow(2), aRow(7)]);
    expect([...unsettled.keys()].map(({ rowKey }) => rowKey)).toEqual(['1']);
    await writer.query('UPDATE orders SET v = 9 WHERE id = 2; INSERT INTO orders VALUES (7, 1); ROLLBACK');
  });

  test('needs no more than the right to read; then it does not tell the end of the log', async () => {
    await sql.query(`CREATE USER IF NOT EXISTS reader@'%'; GRANT ${RIGHTS[flavour.flavour]} ON source.* TO reader@'%'`);
    using anchor = openAnchor(3, 'reader');
    expect(await anchor.settle([aRow(1)])).toEqual({ position: undefined, unsettled: new Map() });
  });

  test('settles nothing that is not named by the primary key', async () => {
    using anchor = openAnchor(undefined);
    await sql.query('CREATE TABLE IF NOT EXISTS keyless (id BIGINT, v INT)');
    const rows = [
      aRow(1, { sourceKey: [], targetKey: [['v', '1']] }),
      aRow(1, { table: 'gone' }),
      aRow(1, { sourceKey: [['id', 'x']] }),
      aRow(1, { table: 'keyless' }),
    ];
    const { position, unsettled } = await anchor.settle(rows);
    expect(position).toBeUndefined();
    expect([...unsettled.values()].map(({ code }) => code)).toEqual(['ERG_4081', 'ERG_4081', 'ERG_3301', 'ERG_5207']);
  });
});
