/** The golden table against real servers: that they give the number, the state and the driver's fields that it counts on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MysqlConnection, type MysqlFailure, openMysql } from '../../actors/runtime/mysql-connection.ts';
import { classifyMysqlError } from '../../actors/target/mysql/mysql-errors.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';

const DEADLINE_MS = 10_000;
const TABLES = `
  CREATE TABLE rows_of (id INT PRIMARY KEY, small TINYINT NOT NULL DEFAULT 0, short VARCHAR(3), at DATETIME, needed INT NOT NULL,
    uq INT UNIQUE, CHECK (small <> 99), kind ENUM('a','b'), doc JSON);
  CREATE TABLE parent (id INT PRIMARY KEY);
  CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id));
  CREATE TABLE parted (id INT PRIMARY KEY) PARTITION BY LIST (id) (PARTITION p VALUES IN (1));
  INSERT INTO rows_of (id, needed, uq) VALUES (1, 1, 1);
  INSERT INTO parent VALUES (1);
  INSERT INTO child VALUES (1, 1);
  CREATE TRIGGER refuse BEFORE DELETE ON parted FOR EACH ROW SIGNAL SQLSTATE '45000';
  INSERT INTO parted VALUES (1)`;

/** A sleep on its own ends without an error when it is killed; in a condition it does not. */
const TIME_LIMIT = 'SELECT 1 FROM rows_of WHERE SLEEP(5) = 0';

interface Situation {
  readonly name: string;
  readonly sql: string;
  /** By flavour where they differ. */
  readonly errno: number | Readonly<Record<FlavourName, number>>;
  readonly sqlState: string | Readonly<Record<FlavourName, string>>;
  readonly code: string;
}

const SITUATIONS: readonly Situation[] = [
  { name: 'too long', sql: "UPDATE rows_of SET short = 'long'", errno: 1406, sqlState: '22001', code: 'ERG_3201' },
  { name: 'out of range', sql: 'UPDATE rows_of SET small = 300', errno: 1264, sqlState: '22003', code: 'ERG_3202' },
  { name: 'no date', sql: "UPDATE rows_of SET at = '2024-13-01'", errno: 1292, sqlState: '22007', code: 'ERG_3203' },
  {
    name: 'no number',
    sql: "UPDATE rows_of SET needed = 'x'",
    errno: 1366,
    sqlState: { MariaDB: '22007', MySQL: 'HY000' },
    code: 'ERG_3203',
  },
  { name: 'no such choice', sql: "UPDATE rows_of SET kind = 'c'", errno: 1265, sqlState: '01000', code: 'ERG_3203' },
  {
    name: 'NULL in NOT NULL',
    sql: 'UPDATE rows_of SET needed = NULL',
    errno: 1048,
    sqlState: '23000',
    code: 'ERG_3204',
  },
  { name: 'no default', sql: 'INSERT INTO rows_of (id) VALUES (2)', errno: 1364, sqlState: 'HY000', code: 'ERG_3204' },
  {
    name: 'more than one row',
    sql: 'SET @a = (SELECT 1 UNION SELECT 2)',
    errno: 1242,
    sqlState: '21000',
    code: 'ERG_3204',
  },
  {
    name: 'no JSON',
    sql: "UPDATE rows_of SET doc = '{'",
    errno: { MariaDB: 4025, MySQL: 3140 },
    sqlState: { MariaDB: '23000', MySQL: '22032' },
    code: 'ERG_3205',
  },
  { name: 'no parent', sql: 'INSERT INTO child VALUES (2, 9)', errno: 1452, sqlState: '23000', code: 'ERG_3206' },
  { name: 'a child is left', sql: 'DELETE FROM parent', errno: 1451, sqlState: '23000', code: 'ERG_3206' },
  { name: 'key taken', sql: 'INSERT INTO parent VALUES (1)', errno: 1062, sqlState: '23000', code: 'ERG_3207' },
  { name: 'signal', sql: 'DELETE FROM parted', errno: 1644, sqlState: '45000', code: 'ERG_3208' },
  { name: 'no partition', sql: 'INSERT INTO parted VALUES (2)', errno: 1526, sqlState: 'HY000', code: 'ERG_3208' },
  { name: 'unknown column', sql: 'UPDATE rows_of SET gone = 1', errno: 1054, sqlState: '42S22', code: 'ERG_3401' },
  { name: 'unknown table', sql: 'DELETE FROM gone', errno: 1146, sqlState: '42S02', code: 'ERG_3402' },
  { name: 'unknown schema', sql: 'USE gone', errno: 1049, sqlState: '42000', code: 'ERG_3502' },
  { name: 'syntax', sql: 'INSERT IN rows_of', errno: 1064, sqlState: '42000', code: 'ERG_3901' },
  {
    name: 'read-only transaction',
    sql: 'START TRANSACTION READ ONLY; DELETE FROM rows_of',
    errno: 1792,
    sqlState: '25006',
    code: 'ERG_3007',
  },
  {
    name: 'time limit',
    sql: TIME_LIMIT,
    errno: { MariaDB: 1969, MySQL: 1317 },
    sqlState: '70100',
    code: 'ERG_3006',
  },
];

describe.each(FLAVOURS)('$flavour', (flavour) => {
  const { flavour: name } = flavour;
  let opened: FlavourServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'numbers' });
    const connection = await open();
    for (const sql of TABLES.split(/;\s*\n/)) {
      await connection.query(sql, DEADLINE_MS);
    }
    await connection.close(DEADLINE_MS);
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  function open(user = 'root', password = ''): Promise<MysqlConnection> {
    const { host, port } = opened.server;
    const server = { host, port, user, password: new Secret(password), database: 'numbers' };
    return openMysql(server, { deadlineMs: DEADLINE_MS, multipleStatements: true });
  }

  /** The error of the statement, on a session of its own. */
  async function provoke(sql: string, user?: string): Promise<MysqlFailure> {
    const connection = await open(user);
    try {
      await connection.query(sql, DEADLINE_MS);
    } catch (error) {
      return error as MysqlFailure;
    } finally {
      connection.destroy();
    }
    throw new Error(`expected an error from ${sql}`);
  }

  async function admin(...statements: readonly string[]): Promise<void> {
    const connection = await open();
    for (const sql of statements) {
      await connection.query(sql, DEADLINE_MS);
    }
    await connection.close(DEADLINE_MS);
  }

  function of<Value extends string | number>(value: Value | Readonly<Record<FlavourName, Value>>): Value {
    return typeof value === 'object' ? value[name] : value;
  }

  test.each(SITUATIONS)('$name: $code', async ({ sql, errno, sqlState, code }) => {
    const error = await (sql === TIME_LIMIT ? provokeLimit() : provoke(sql));
    expect({ errno: error.errno, sqlState: error.sqlState }).toEqual({ errno: of(errno), sqlState: of(sqlState) });
    expect(classifyMysqlError(error, true)).toBe(code);
  });

  /** MySQL has no limit for what writes; there a statement is killed. */
  async function provokeLimit(): Promise<MysqlFailure> {
    if (name === 'MariaDB') {
      return provoke(`SET max_statement_time = 0.1; ${TIME_LIMIT}`);
    }
    const victim = await open();
    const error = victim.query(TIME_LIMIT, DEADLINE_MS).then(
      () => new Error('it ended by itself'),
      (reason: MysqlFailure) => reason,
    );
    await untilBusy(victim.id);
    await admin(`KILL QUERY ${victim.id}`);
    const seen = await error;
    victim.destroy();
    return seen;
  }

  async function untilBusy(session: number): Promise<void> {
    const connection = await open();
    const sql = `SELECT COMMAND AS command FROM information_schema.PROCESSLIST WHERE ID = ${session}`;
    await expect
      .poll(async () => (await connection.query(sql, DEADLINE_MS))[0]?.['command'], { timeout: DEADLINE_MS })
      .toBe('Query');
    await connection.close(DEADLINE_MS);
  }

  test('a lock that is waited for too long, and a deadlock', async () => {
    const holder = await open();
    await holder.query('START TRANSACTION; SELECT * FROM rows_of WHERE id = 1 FOR UPDATE', DEADLINE_MS);
    const wait = await provoke('SET innodb_lock_wait_timeout = 1; UPDATE rows_of SET small = 1');
    expect([wait.errno, wait.sqlState, classifyMysqlError(wait, true)]).toEqual([1205, 'HY000', 'ERG_3005']);
    const rival = await open();
    await rival.query('START TRANSACTION; SELECT * FROM parent FOR UPDATE', DEADLINE_MS);
    const ends = await Promise.allSettled([
      rival.query('SELECT * FROM rows_of FOR UPDATE', DEADLINE_MS),
      holder.query('SELECT * FROM parent FOR UPDATE', DEADLINE_MS),
    ]);
    const [deadlock] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as MysqlFailure] : []));
    expect([deadlock?.errno, deadlock?.sqlState]).toEqual([1213, '40001']);
    expect(deadlock === undefined ? '' : classifyMysqlError(deadlock, true)).toBe('ERG_3004');
    holder.destroy();
    rival.destroy();
  });

  test('a table that somebody else locks', async () => {
    const holder = await open();
    await holder.query('LOCK TABLES rows_of READ', DEADLINE_MS);
    const wait = await provoke('SET lock_wait_timeout = 1; UPDATE rows_of SET small = 1');
    expect([wait.errno, classifyMysqlError(wait, true)]).toEqual([1205, 'ERG_3005']);
    holder.destroy();
  });

  test('rights, log-in and limits of a user', async () => {
    await admin(
      "CREATE USER poor@'%'",
      "GRANT SELECT ON numbers.parent TO poor@'%'",
      "CREATE USER only_one@'%' WITH MAX_USER_CONNECTIONS 1",
      "GRANT ALL ON numbers.* TO only_one@'%'",
      "CREATE USER locked@'%' ACCOUNT LOCK",
    );
    const codeOf = async (work: Promise<MysqlConnection | MysqlFailure>, sent = false) => {
      const error = await work.then(
        (value) => value as MysqlFailure,
        (reason: MysqlFailure) => reason,
      );
      return [error.errno, classifyMysqlError(error, sent)];
    };
    expect(await codeOf(provoke('DELETE FROM parent', 'poor'), true)).toEqual([1142, 'ERG_3501']);
    expect(await codeOf(open('poor', 'wrong'))).toEqual([1045, 'ERG_3502']);
    expect(await codeOf(open('locked'))).toEqual([name === 'MariaDB' ? 4151 : 3118, 'ERG_3502']);
    const only = await open('only_one');
    expect(await codeOf(open('only_one'))).toEqual([1226, 'ERG_3008']);
    await only.close(DEADLINE_MS);
  });

  test('a server that is read-only, and one without room for more sessions', async () => {
    await admin("CREATE USER plain@'%'", "GRANT ALL ON numbers.* TO plain@'%'", 'SET GLOBAL read_only = 1');
    const readOnly = await provoke('DELETE FROM child', 'plain');
    await admin('SET GLOBAL read_only = 0');
    expect([readOnly.errno, readOnly.sqlState, classifyMysqlError(readOnly, true)]).toEqual([
      1290,
      'HY000',
      'ERG_3007',
    ]);
    const many = await Promise.all(Array.from({ length: 10 }, () => open('plain')));
    await admin('SET GLOBAL max_connections = 10');
    const full = await open('plain').then(
      () => new Error('it was let in'),
      (reason: MysqlFailure) => reason,
    );
    for (const one of many) {
      one.destroy();
    }
    await expect.poll(() => admin('SET GLOBAL max_connections = 300').then(() => 'set')).toBe('set');
    expect([(full as MysqlFailure).errno, classifyMysqlError(full, false)]).toEqual([1040, 'ERG_3008']);
  });

  test('a session that is killed, idle and busy, and a statement that is', async () => {
    const busy = await open();
    const ended = busy.query('SELECT SLEEP(5)', DEADLINE_MS).catch((error: MysqlFailure) => error);
    await untilBusy(busy.id);
    await admin(`KILL ${busy.id}`);
    const lost = (await ended) as MysqlFailure;
    expect([lost.fatal, classifyMysqlError(lost, true)]).toEqual([true, 'ERG_3002']);
    const idle = await open();
    await admin(`KILL ${idle.id}`);
    await expect.poll(() => idle.isOpen).toBe(false);
    const closed = await idle.query('SELECT 1', DEADLINE_MS).catch((error: MysqlFailure) => error);
    expect(classifyMysqlError(closed as MysqlFailure, true)).toBe('ERG_3001');
  });

  test('a packet that is larger than the server takes ends the session', async () => {
    await admin('SET GLOBAL max_allowed_packet = 1048576');
    const connection = await open();
    await admin('SET GLOBAL max_allowed_packet = 67108864');
    const error = await connection
      .query(`SELECT '${'x'.repeat(connection.maxPacketBytes + 1)}'`, 60_000)
      .catch((reason: MysqlFailure) => reason);
    expect(['ERG_3305', 'ERG_3002']).toContain(classifyMysqlError(error as MysqlFailure, true));
    connection.destroy();
  });
});
