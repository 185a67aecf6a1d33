import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteName } from '../../actors/target/mysql/quote-name.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { aChange } from '../support/build-change.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { errorOf, OWNER } from '../support/target-under-test.ts';
import { describeTargetContract } from './target-contract.ts';

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  describeTargetContract(`mysql on ${flavour.flavour}`, () => MysqlTarget.open(server, 'contract'));

  describe('table shapes', () => {
    test('columns are told by kind, sign, length, fraction and who fills them', async () => {
      await using target = await MysqlTarget.open(server, 'shapes');
      const table = await target.createTable(
        'orders',
        `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, price DECIMAL(18,4) NOT NULL, name VARCHAR(40) CHARACTER SET latin1 NULL,
       doc JSON NULL, plain LONGTEXT NULL, at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), bits BIT(9) NULL,
       total DECIMAL(18,4) AS (price * 2) VIRTUAL, kept INT GENERATED ALWAYS AS (FLOOR(price) + 1) STORED,
       made CHAR(36) NOT NULL DEFAULT (UUID()), place POINT NULL`,
      );
      const column = (name: string) => table.columnByName.get(name);
      expect(table.columns.map(({ name }) => name).slice(0, 4)).toEqual(['id', 'price', 'name', 'doc']);
      expect(column('id')).toMatchObject({ kind: 'integer', unsigned: true, nullable: false, hasDefault: true });
      expect(column('price')).toMatchObject({ kind: 'decimal', unsigned: false, hasDefault: false });
      expect(column('name')).toMatchObject({ kind: 'text', maxLength: 40, collation: 'latin1_swedish_ci' });
      expect(column('doc')).toMatchObject({ kind: 'json' });
      expect(column('plain')).toMatchObject({ kind: 'text', generated: false });
      expect(column('at')).toMatchObject({ kind: 'datetime', fraction: 3, hasDefault: true });
      expect(column('bits')).toMatchObject({ kind: 'bit', maxLength: 9 });
      expect(column('total')).toMatchObject({ generated: true });
      expect(column('kept')).toMatchObject({ generated: true });
      expect(column('made')).toMatchObject({ generated: false, hasDefault: true });
      expect(column('place')).toMatchObject({ kind: 'geometry' });
    });

    test.each([
      ['PRIMARY KEY (b, a)', ['b', 'a'], true, 0],
      ['PRIMARY KEY (a), UNIQUE (b)', ['a'], true, 1],
      ['PRIMARY KEY (a), KEY (b)', ['a'], true, 0],
      ['PRIMARY KEY (a, t(3))', ['a', 't'], false, 1],
      ['UNIQUE (a)', [], false, 1],
      ['UNIQUE (n)', [], false, 1],
      ['KEY (a)', [], false, 0],
    ])('keys of a table with %s', async (keys, primaryKey, keyEnforced, others) => {
      await using target = await MysqlTarget.open(server, 'shapes');
      const table = await target.createTable(
        't',
        'a INT NOT NULL, b INT NOT NULL, t VARCHAR(9) NOT NULL, n INT NULL',
        keys,
      );
      expect(table).toMatchObject({ primaryKey, keyEnforced });
      expect(table.uniqueIndexes).toHaveLength(others);
    });

    test.each([
      ['UNIQUE u (b, a)', true, 0],
      ['UNIQUE u (a)', false, 1],
      ['KEY (a, b)', false, 0],
    ])('a configured key counts where the table declares none: %s', async (keys, keyEnforced, others) => {
      await using target = await MysqlTarget.open(server, 'shapes');
      await target.createTable('t', 'a INT NOT NULL, b INT NOT NULL', keys);
      const shard = target.openShard({ primaryKeys: new Map([['t', ['a', 'b']]]) });
      const table = await target.readTable('t', shard);
      expect(table).toMatchObject({ primaryKey: ['a', 'b'], keyEnforced });
      expect(table.uniqueIndexes).toHaveLength(others);
      await shard.takeFence(OWNER);
      const writer = shard.openWriter(OWNER, 0);
      await writer.write([aChange({ table, row: { a: '1', b: '2' }, seq: 1 })]);
      await writer.write([aChange({ table, row: { a: '1', b: '2' }, seq: 2 })]);
      expect((await target.readRows(table)).map(({ ergate_seq }) => ergate_seq)).toEqual(['2']);
      await writer.write([aChange({ table, op: 'delete', row: { a: '1', b: '2' }, seq: 3 })]);
      expect(await target.readRows(table)).toEqual([]);
    });

    test('a table is found by its exact name, many are read at once, and one that does not exist is missing', async () => {
      await using target = await MysqlTarget.open(server, 'shapes');
      const names = ['Orders', 'orders', "it's", 'back`tick', 'select', 'a b', '⭐', 'x%', 'x_'];
      for (const name of names) {
        await target.createTable(name, `id INT NOT NULL, ${quoteName(`of ${name}`)} INT`);
      }
      const tables = await target.shard.readTables([...names, 'ORDERS', 'x']);
      expect([...tables.keys()]).toEqual(names);
      for (const [name, table] of tables) {
        expect(table.columns.slice(0, 2).map((column) => column.name)).toEqual(['id', `of ${name}`]);
      }
      expect(await target.shard.readTables([])).toEqual(new Map());
    });
  });

  describe('statements', () => {
    test('names with quotes, backticks, keywords and symbols are written as they are', async () => {
      await using target = await MysqlTarget.open(server, 'names');
      const columns = ["it's", 'back`tick', 'select', 'a b', '⭐', '한글', 'x;--', '?', 'a"b', 'a\\b'];
      const table = await target.createTable(
        'order',
        `${quoteName('group')} INT NOT NULL, ${columns.map((name) => `${quoteName(name)} VARCHAR(9)`).join(', ')}`,
        `PRIMARY KEY (${quoteName('group')})`,
      );
      await target.shard.takeFence(OWNER);
      const row = Object.fromEntries(columns.map((name, at) => [name, `v${at}`]));
      await target.write(OWNER, [aChange({ table, row: { group: '1', ...row }, seq: 1 })]);
      await target.write(OWNER, [aChange({ table, row: { group: '1', ...row }, seq: 2 })]);
      expect(await target.readRows(table)).toEqual([expect.objectContaining({ group: '1', ...row, ergate_seq: '2' })]);
    });

    test('generated columns are left to the server, even when the change has them', async () => {
      await using target = await MysqlTarget.open(server, 'names');
      const table = await target.createTable(
        'made',
        'id INT NOT NULL, n INT NOT NULL, twice INT AS (n * 2) VIRTUAL, more INT AS (n + 1) STORED',
      );
      await target.shard.takeFence(OWNER);
      for (const [n, seq] of [
        ['1', 1],
        ['5', 2],
      ] as const) {
        await target.write(OWNER, [aChange({ table, row: { id: '1', n, twice: '99', more: '99' }, seq })]);
      }
      expect(await target.readRows(table)).toEqual([expect.objectContaining({ n: '5', twice: '10', more: '6' })]);
    });

    test('a zero for an AUTO_INCREMENT column stays a zero', async () => {
      await using target = await MysqlTarget.open(server, 'names');
      const table = await target.createTable('counted', 'id INT NOT NULL AUTO_INCREMENT');
      await target.shard.takeFence(OWNER);
      await target.write(OWNER, [aChange({ table, row: { id: '0' }, seq: 1 })]);
      expect((await target.readRows(table)).map(({ id }) => id)).toEqual(['0']);
    });

    test('the version is assigned last, wherever its column stands', async () => {
      await using target = await MysqlTarget.open(server, 'names');
      await target.sql(
        `CREATE TABLE odd (ergate_seq BIGINT UNSIGNED NULL, a INT, id INT PRIMARY KEY, ergate_yn TINYINT, z INT)`,
      );
      const table = await target.readTable('odd');
      await target.shard.takeFence(OWNER);
      await target.write(OWNER, [aChange({ table, row: { z: '1', a: '1', id: '1' }, seq: 1 })]);
      await target.write(OWNER, [aChange({ table, row: { a: '2', id: '1', z: '2' }, seq: 2 })]);
      await target.write(OWNER, [aChange({ table, row: { a: '0', id: '1', z: '0' }, seq: 1 })]);
      expect(await target.readRows(table)).toEqual([{ ergate_seq: '2', a: '2', id: '1', ergate_yn: '1', z: '2' }]);
    });

    test('without a version column the commit time guards', async () => {
      await using target = await MysqlTarget.open(server, 'names');
      await target.sql('CREATE TABLE article (id INT PRIMARY KEY, v INT, ergate_yn TINYINT, rpc_time DATETIME(3))');
      const table = await target.readTable('article');
      await target.shard.takeFence(OWNER);
      const change = (v: string, commitTime: string | null) =>
        aChange({ table, row: { id: '1', v }, seq: 1, commitTime });
      await target.write(OWNER, [change('2', '2026-01-01 00:00:00.002')]);
      await target.write(OWNER, [change('1', '2026-01-01 00:00:00.001')]);
      expect(await target.readRows(table)).toEqual([expect.objectContaining({ v: '2' })]);
      expect((await errorOf(target.write(OWNER, [change('3', null)]))).code).toBe('ERG_3307');
    });
  });

  describe('logging in', () => {
    test('with a password of the kind that the server gives by itself, at once and again; a wrong one is told', async () => {
      await using target = await MysqlTarget.open(server, 'users');
      await target.sql(
        "DROP USER IF EXISTS secured@'%'; CREATE USER secured@'%' IDENTIFIED BY 'pa''ss \u00e9'; GRANT ALL ON users.* TO secured@'%'",
      );
      const table = await target.createTable('t', 'id INT NOT NULL');
      for (const seq of [1, 2]) {
        const shard = target.openShard({ address: { user: 'secured' }, password: "pa'ss \u00e9" });
        await shard.takeFence(OWNER);
        await shard.openWriter(OWNER, 0).write([aChange({ table, row: { id: '1' }, seq })]);
      }
      expect((await target.readRows(table)).map(({ ergate_seq }) => ergate_seq)).toEqual(['2']);
      const wrong = target.openShard({ address: { user: 'secured' }, password: 'other' });
      expect((await errorOf(wrong.takeFence(OWNER))).code).toBe('ERG_3502');
    });
  });
});
