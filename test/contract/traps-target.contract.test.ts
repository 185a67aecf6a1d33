/**
 * What goes wrong in other writers between a batch and its server, one test per trap, on real servers; docs/traps.md lists
 * what is covered where.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { ShardWriter } from '../../actors/target/target-shard.ts';
import { aChange } from '../support/build-change.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { errorOf, OWNER, openOwned } from '../support/target-under-test.ts';

const COLUMNS = "id BIGINT NOT NULL, a VARCHAR(10) NULL, b VARCHAR(10) NULL, own VARCHAR(10) NULL DEFAULT 'own'";

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  async function arrange(keys = 'PRIMARY KEY (id)', columns = COLUMNS) {
    const target = await MysqlTarget.open(opened.server, 'traps');
    const table = await target.createTable('t', columns, keys);
    const writer = await openOwned(target);
    const rows = async () =>
      (await target.sql('SELECT id, a, b, own FROM t ORDER BY id')).map((row) => Object.values(row).join(' '));
    return { target, table, writer, rows, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
  }

  type Row = Readonly<Record<string, string | null>>;
  const upsert = (table: TableShape, seq: number, row: Row) => aChange({ table, seq, row });
  const remove = (table: TableShape, seq: number, id: string) => aChange({ table, seq, op: 'delete', row: { id } });

  test.each(['PRIMARY KEY (id)', 'PRIMARY KEY (id), UNIQUE (a)'])(
    'T1, T2: rows of different columns and operations in one batch each get their own statement (%s)',
    async (keys) => {
      await using t = await arrange(keys);
      await t.writer.write(['1', '2', '3', '4'].map((id) => upsert(t.table, 1, { id, a: `a${id}`, b: `b${id}` })));
      await t.target.sql("UPDATE t SET own = 'kept'");
      await t.writer.write([
        upsert(t.table, 2, { id: '1', a: 'A1' }),
        upsert(t.table, 2, { id: '2', b: null }),
        remove(t.table, 2, '3'),
        upsert(t.table, 2, { b: 'B4', id: '4', a: null }),
        upsert(t.table, 2, { id: '5', a: 'A5' }),
      ]);
      expect(await t.rows()).toEqual(['1 A1 b1 kept', '2 a2  kept', '4  B4 kept', '5 A5  own']);
    },
  );

  test('T3: in a plain table the delete of one row and the write of another do not touch each other, in any order', async () => {
    await using t = await arrange();
    await t.writer.write([upsert(t.table, 1, { id: '1', a: 'x' })]);
    await t.writer.write([upsert(t.table, 2, { id: '2', a: 'x' }), remove(t.table, 2, '1')]);
    expect(await t.rows()).toEqual(['2 x  own']);
  });

  test.each(['PRIMARY KEY (id)', 'PRIMARY KEY (id), UNIQUE (a)'])(
    'T13, T14, T15: stale, equal, changed and new rows of one batch end as they should: no count of rows is believed (%s)',
    async (keys) => {
      await using t = await arrange(keys);
      const before = ['1', '2', '3'].map((id) => upsert(t.table, 5, { id, a: `a${id}` }));
      await t.writer.write(before);
      const [, equal = upsert(t.table, 5, { id: '2' })] = before;
      await t.writer.write([
        upsert(t.table, 4, { id: '1', a: 'stale' }),
        equal,
        upsert(t.table, 6, { id: '3', a: 'new' }),
        upsert(t.table, 6, { id: '4', a: 'a4' }),
      ]);
      expect(await t.rows()).toEqual(['1 a1  own', '2 a2  own', '3 new  own', '4 a4  own']);
    },
  );

  test.each(['PRIMARY KEY (id)', 'PRIMARY KEY (id), UNIQUE (a)'])(
    'T16: an upsert never deletes the row that it finds (%s)',
    async (keys) => {
      await using t = await arrange(keys, `${COLUMNS}, n INT NOT NULL AUTO_INCREMENT, KEY (n)`);
      await t.target.sql('CREATE TABLE gone (id BIGINT) ENGINE = InnoDB');
      await t.target.sql('CREATE TRIGGER t_gone AFTER DELETE ON t FOR EACH ROW INSERT INTO gone VALUES (OLD.id)');
      await t.writer.write([upsert(t.table, 1, { id: '1', a: 'x' })]);
      const numbers = await t.target.sql('SELECT id, n FROM t');
      await t.writer.write([upsert(t.table, 2, { id: '1', a: 'y' })]);
      expect(await t.target.sql('SELECT id, n FROM t')).toEqual(numbers);
      expect(await t.target.sql('SELECT * FROM gone')).toEqual([]);
      await t.writer.write([remove(t.table, 3, '1')]);
      expect(await t.target.sql('SELECT * FROM gone')).toEqual([{ id: '1' }]);
    },
  );

  test('T19: two lanes that write the same rows in opposite orders do not lock each other out', async () => {
    await using t = await arrange();
    const ids = Array.from({ length: 50 }, (_, id) => String(id));
    await t.writer.write(ids.map((id) => upsert(t.table, 1, { id, a: '0' })));
    const other = t.target.shard.openWriter(OWNER, 1);
    const write = async (writer: ShardWriter, order: readonly string[], value: string) => {
      for (let round = 2; round < 40; round += 1) {
        await writer.write(order.map((id) => upsert(t.table, round, { id, a: value })));
      }
    };
    await Promise.all([write(t.writer, ids, 'up'), write(other, ids.toReversed(), 'down')]);
    expect(await t.target.sql('SELECT COUNT(*) AS rows_, MIN(ergate_seq) AS seq FROM t')).toEqual([
      { rows_: '50', seq: '39' },
    ]);
  });

  test('T28: what changes only some columns of a row that is not there is refused, not made a row of defaults', async () => {
    await using t = await arrange(undefined, `${COLUMNS}, needed INT NOT NULL`);
    expect((await errorOf(t.writer.write([upsert(t.table, 2, { id: '1', a: 'x' })]))).class).toBe('row');
    expect(await t.rows()).toEqual([]);
    await t.writer.write([upsert(t.table, 3, { id: '1', a: 'x', b: 'y', needed: '1' })]);
    expect(await t.rows()).toEqual(['1 x y own']);
  });

  test('T35: whatever the server gives a session by itself, a new one of ours is strict, in UTC and READ COMMITTED', async () => {
    await using t = await arrange();
    const names = "'sql_mode', 'time_zone', 'lock_wait_timeout'";
    const set = (mode: string, zone: string, wait: string) =>
      t.target.sql(`SET GLOBAL sql_mode = '${mode}', GLOBAL time_zone = '${zone}', GLOBAL lock_wait_timeout = ${wait}`);
    const before = await t.target.sql(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
    const globalOf = (name: string) => before.find((row) => row['Variable_name'] === name)?.['Value'] ?? '';
    try {
      await set('NO_BACKSLASH_ESCAPES', '+09:00', '999');
      const writer = t.target.openShard().openWriter(OWNER, 2);
      await writer.write([
        aChange({ table: t.table, seq: 2, row: { id: '1', a: "\\'" }, commitTime: '2026-01-02 03:04:05.000' }),
      ]);
      expect((await errorOf(writer.write([upsert(t.table, 3, { id: 'abc', a: 'x' })]))).class).toBe('row');
      expect(await t.target.sql('SELECT id, a, rpc_time FROM t')).toEqual([
        { id: '1', a: "\\'", rpc_time: '2026-01-02 03:04:05.000' },
      ]);
    } finally {
      await set(globalOf('sql_mode'), globalOf('time_zone'), globalOf('lock_wait_timeout'));
    }
  });

  test('T37, T38: batches of many sizes leave no prepared statement behind', async () => {
    await using t = await arrange();
    const count = async () => (await t.target.sql("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"))[0]?.['Value'];
    const before = await count();
    for (let size = 1; size <= 60; size += 1) {
      await t.writer.write(Array.from({ length: size }, (_, id) => upsert(t.table, size, { id: String(id), a: 'x' })));
    }
    expect(await count()).toBe(before);
    expect(await t.rows()).toHaveLength(60);
  });

  test('T45: a writer leaves nothing open that a change of the table would have to wait for, refused batches neither', async () => {
    await using t = await arrange();
    const alter = (column: string) => t.target.sql(`SET lock_wait_timeout = 1; ALTER TABLE t ADD COLUMN ${column} INT`);
    await t.writer.write([upsert(t.table, 1, { id: '1', a: 'x' })]);
    await alter('c1');
    await t.target.sql('ALTER TABLE t ADD CONSTRAINT small UNIQUE (a)');
    await errorOf(t.writer.write([upsert(t.table, 2, { id: '2', a: 'x' })]));
    await alter('c2');
    expect(await t.rows()).toEqual(['1 x  own']);
  });
});
