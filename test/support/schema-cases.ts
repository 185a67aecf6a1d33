/** Ways in which a replicated table changes, at the source, at the target, or at both in either order. */
import { expect } from 'vitest';
import { integer, money, type SchemaLoad, text, type ValueOf } from './schema-load.ts';

/** What a case is given to change things with. */
export interface SchemaChange {
  readonly load: SchemaLoad;
  readonly sql: (statements: string) => Promise<void>;
  readonly value: (query: string) => Promise<unknown>;
  readonly unwritten: () => string[];
}

export interface SchemaCase {
  readonly name: string;
  /** Also in a short run: nothing from the binary log on has it. */
  readonly always?: true;
  /** Takes rows away at the target. */
  readonly emptied?: true;
  readonly columns?: string;
  readonly values?: Readonly<Record<string, ValueOf>>;
  /** Column of whose values no two rows have the same. */
  readonly unique?: string;
  readonly settings?: object;
  readonly run: (change: SchemaChange) => Promise<void>;
  /** Columns to compare; default: those of the source. */
  readonly compare?: readonly string[];
}

const long: ValueOf = (draw) => `${draw}`.repeat(8);
const big: ValueOf = (draw) => `92233720368547${draw % 10_000}`;
const accents: ValueOf = (draw) => `é${draw % 1000}ü`;

const has = (value: (query: string) => Promise<unknown>, condition: string) => async () =>
  Number(await value(`SELECT COUNT(*) FROM orders WHERE ${condition}`)) > 0;

export const SCHEMA_CASES: readonly SchemaCase[] = [
  {
    name: 'a column added at the target first',
    run: async ({ load, sql, value }) => {
      await load.during(() => sql('ALTER TABLE orders ADD COLUMN note VARCHAR(20) NULL AFTER id'));
      load.addColumn('note', text);
      await load.until(has(value, 'note IS NOT NULL'));
    },
  },
  {
    name: 'a column added at the source first',
    run: async ({ load, sql, value, unwritten }) => {
      load.addColumn('note', text);
      await load.until(async () => unwritten().includes('note'));
      await load.during(() => sql('ALTER TABLE orders ADD COLUMN note VARCHAR(20) NULL FIRST'));
      await load.until(has(value, 'note IS NOT NULL'));
    },
  },
  {
    name: 'a column dropped at the target first',
    run: async ({ load, sql, unwritten }) => {
      await load.during(() => sql('ALTER TABLE orders DROP COLUMN name'));
      await load.until(async () => unwritten().includes('name'));
      load.dropColumn('name');
      await load.write(100);
    },
  },
  {
    name: 'a column dropped at the source first',
    run: async ({ load, sql }) => {
      load.dropColumn('name');
      await load.write(100);
      await load.during(() => sql('ALTER TABLE orders DROP COLUMN name'));
    },
  },
  {
    name: 'a column that is ignored and then dropped',
    settings: { tables: { orders: { ignoreColumns: ['name'] } } },
    compare: ['amount'],
    run: async ({ load, sql, unwritten }) => {
      await load.during(() => sql('ALTER TABLE orders DROP COLUMN name'));
      await load.write(200);
      expect(unwritten()).toEqual([]);
    },
  },
  {
    name: 'a column renamed at the target first',
    run: async ({ load, sql, value, unwritten }) => {
      await load.during(() => sql('ALTER TABLE orders CHANGE name title VARCHAR(20) NULL'));
      await load.until(async () => unwritten().includes('name'));
      load.renameColumn('name', 'title');
      await load.until(has(value, `title IS NOT NULL`));
    },
  },
  {
    name: 'a column renamed at the source first',
    run: async ({ load, sql, value, unwritten }) => {
      load.renameColumn('name', 'title');
      await load.until(async () => unwritten().includes('title'));
      load.changeColumn('title', (draw) => `longer ${draw % 1_000_000}`);
      await load.during(() => sql('ALTER TABLE orders CHANGE name title VARCHAR(20) NULL'));
      await load.until(has(value, "title LIKE 'longer%'"));
    },
  },
  {
    name: 'two columns that exchange their names at the target',
    always: true,
    compare: ['amount'],
    run: async ({ load, sql }) => {
      await load.during(() => sql('ALTER TABLE orders ADD COLUMN other VARCHAR(20) NULL'));
      load.addColumn('other', text);
      await load.during(() =>
        sql('ALTER TABLE orders CHANGE name other VARCHAR(20) NULL, CHANGE other name VARCHAR(20) NULL'),
      );
    },
  },
  {
    name: 'types made wider',
    values: { name: text, amount: money, qty: integer },
    columns: 'name VARCHAR(10) NULL, amount DECIMAL(10,4) NULL, qty INT NULL',
    run: async ({ load, sql }) => {
      await load.during(() =>
        sql(`ALTER TABLE orders MODIFY name VARCHAR(200) NULL, MODIFY amount DECIMAL(30,6) NULL;
          ALTER TABLE orders MODIFY qty BIGINT UNSIGNED NULL`),
      );
      load.changeColumn('name', long);
      load.changeColumn('qty', big);
      await load.write(200);
      await load.during(() => sql('ALTER TABLE orders MODIFY name LONGTEXT NULL, MODIFY qty DECIMAL(30,0) NULL'));
    },
  },
  {
    name: 'types made narrower',
    values: { name: long, amount: money, qty: big },
    columns: 'name VARCHAR(100) NULL, amount DECIMAL(30,6) NULL, qty BIGINT NULL',
    run: async ({ load, sql }) => {
      load.changeColumn('name', text);
      load.changeColumn('qty', integer);
      await load.finish();
      await load.during(() =>
        sql('ALTER TABLE orders MODIFY name VARCHAR(10) NULL, MODIFY amount DECIMAL(10,4) NULL, MODIFY qty INT NULL'),
      );
    },
  },
  {
    name: 'types of another kind',
    values: { name: text, amount: money, qty: integer },
    columns: 'name VARCHAR(10) NULL, amount DECIMAL(10,4) NULL, qty INT NULL',
    run: async ({ load, sql }) => {
      await load.during(() => sql('ALTER TABLE orders MODIFY qty VARCHAR(20) NULL, MODIFY name TEXT NULL'));
      await load.during(() =>
        sql('ALTER TABLE orders MODIFY qty DECIMAL(20,0) NULL, MODIFY amount DECIMAL(12,5) NULL'),
      );
    },
  },
  {
    name: 'another character set',
    always: true,
    values: { name: accents, amount: money },
    run: async ({ load, sql }) => {
      await load.during(() => sql('ALTER TABLE orders CONVERT TO CHARACTER SET latin1'));
      await load.during(() =>
        sql('ALTER TABLE orders MODIFY name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'),
      );
      await load.during(() => sql('ALTER TABLE orders CONVERT TO CHARACTER SET utf8mb4'));
    },
  },
  {
    name: 'a key of another type',
    run: async ({ load, sql }) => {
      await load.during(() => sql('ALTER TABLE orders MODIFY id INT NOT NULL'));
      await load.during(() => sql('ALTER TABLE orders MODIFY id VARCHAR(20) NOT NULL'));
      await load.during(() => sql('ALTER TABLE orders MODIFY id DECIMAL(20,0) NOT NULL'));
    },
  },
  {
    name: 'a key of other columns',
    values: { name: text, region: () => 7 },
    columns: 'name VARCHAR(20) NULL, region INT NOT NULL',
    run: async ({ load, sql }) => {
      await load.during(() => sql('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id, region)'));
      await load.write(300);
      await load.during(() => sql('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (region, id)'));
      await load.write(300);
      await load.during(() => sql('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id)'));
    },
  },
  {
    name: 'a key of other columns and a column less in one statement',
    always: true,
    values: { name: text, region: () => 7 },
    columns: 'name VARCHAR(20) NULL, region INT NOT NULL',
    compare: ['region'],
    run: async ({ load, sql }) => {
      await load.during(() =>
        sql('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (region, id), DROP COLUMN name'),
      );
      await load.during(() => sql('ALTER TABLE orders ADD COLUMN name VARCHAR(20) NULL'));
      await load.write(300);
      await load.during(() => sql('ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP COLUMN name'));
    },
  },
  {
    name: 'a unique index that comes and goes',
    always: true,
    unique: 'u',
    values: { name: text, u: integer },
    columns: 'name VARCHAR(20) NULL, u INT NULL',
    settings: { lanes: 1 },
    run: async ({ load, sql }) => {
      for (let round = 0; round < 3; round += 1) {
        await load.settled();
        await sql('ALTER TABLE orders ADD UNIQUE KEY by_u (u)');
        await load.write(600);
        await load.during(() => sql('ALTER TABLE orders DROP KEY by_u'));
        await load.write(300);
      }
    },
  },
  {
    name: 'a table that is away for a while, and made anew',
    always: true,
    emptied: true,
    run: async ({ load, sql }) => {
      await load.during(async () => {
        await sql('RENAME TABLE orders TO elsewhere');
        await load.write(200);
        await sql('RENAME TABLE elsewhere TO orders');
      });
      await load.during(async () => {
        await sql('CREATE TABLE fresh LIKE orders; ALTER TABLE fresh ADD COLUMN own INT NOT NULL DEFAULT 3');
        await sql('RENAME TABLE orders TO old_orders, fresh TO orders; DROP TABLE old_orders');
      });
    },
  },
  {
    name: 'a table exchanged by a tool that copies it with triggers',
    always: true,
    run: async ({ load, sql, value }) => {
      await load.during(async () => {
        await sql(`CREATE TABLE _orders_new LIKE orders;
          ALTER TABLE _orders_new ADD COLUMN note VARCHAR(20) NULL, MODIFY name VARCHAR(50) NULL, ADD KEY by_name (name)`);
        const columns = 'id, name, amount, ergate_yn, rpc_time, ergate_seq';
        const values = columns.replaceAll(/\w+/g, 'NEW.$&');
        await sql(`CREATE TRIGGER pt_del AFTER DELETE ON orders FOR EACH ROW DELETE IGNORE FROM _orders_new WHERE id <=> OLD.id;
          CREATE TRIGGER pt_upd AFTER UPDATE ON orders FOR EACH ROW REPLACE INTO _orders_new (${columns}) VALUES (${values});
          CREATE TRIGGER pt_ins AFTER INSERT ON orders FOR EACH ROW REPLACE INTO _orders_new (${columns}) VALUES (${values})`);
        await sql(
          `INSERT LOW_PRIORITY IGNORE INTO _orders_new (${columns}) SELECT ${columns} FROM orders LOCK IN SHARE MODE`,
        );
        await sql('RENAME TABLE orders TO _orders_old, _orders_new TO orders; DROP TABLE _orders_old');
      });
      load.addColumn('note', text);
      await load.until(has(value, 'note IS NOT NULL'));
    },
  },
];
