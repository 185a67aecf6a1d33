/** Rows by key and in the order of the key: through the index, whatever the key is made of, and in any spelling of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { RowReader } from '../../actors/row/row-reader.ts';
import { TableReading } from '../../actors/row/table-reading.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import type { DatabaseFlavour, FlavourServer } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { getShape, openRowReader } from '../support/row-reader-rig.ts';
import { errorOf } from '../support/target-under-test.ts';

const two = (value: number) => String(value).padStart(2, '0');
const MEMBERS = Array.from({ length: 40 }, (_, at) => `m${(at * 7) % 40}`);
const bytesOf = (at: number) => Buffer.from([at % 256, Math.floor(at / 256)]);

/** A type, its values by number, and how they are said in SQL. No two are the same key. */
const KEYS: readonly (readonly [type: string, cell: (at: number) => string, sql?: (cell: string) => string])[] = [
  ['BIGINT UNSIGNED', (at) => String(18446744073709551615n - BigInt(at))],
  ['INT', (at) => String(at % 2 === 0 ? at : -at)],
  [
    'DECIMAL(30,4)',
    (at) => `${at % 2 === 0 ? '' : '-'}12345678901234567890.${two(at % 100)}${two(Math.floor(at / 100))}`,
  ],
  ['FLOAT', (at) => String(at + 0.5), (cell) => `'${cell}'`],
  ['DOUBLE', (at) => String(-at / 8), (cell) => `'${cell}'`],
  ['DATE', (at) => `2${String(at).padStart(3, '0')}-01-01`, (cell) => `'${cell}'`],
  ['DATETIME(6)', (at) => `2024-01-01 00:00:00.${String(at).padStart(6, '0')}`, (cell) => `'${cell}'`],
  ['TIMESTAMP(3)', (at) => `2024-03-31 01:${two(at % 60)}:${two(Math.floor(at / 60))}.000`, (cell) => `'${cell}'`],
  [
    'TIME(2)',
    (at) => `${at % 2 === 0 ? '-' : ''}${two(at)}:00:01.00`.replace(/^(-?)(\d{3}):/, '$1$2:'),
    (cell) => `'${cell}'`,
  ],
  ['VARCHAR(20)', (at) => `${at % 2 === 0 ? 'k' : 'K'}${at}`, (cell) => `'${cell}'`],
  ['VARCHAR(20) COLLATE utf8mb4_bin', (at) => `${at % 2 === 0 ? 'k' : 'K'}한${at}`, (cell) => `'${cell}'`],
  ['CHAR(20) CHARACTER SET latin1', (at) => `é${at}`, (cell) => `'${cell}'`],
  ['VARCHAR(20) CHARACTER SET utf8mb3', (at) => `한${at}`, (cell) => `'${cell}'`],
  ['VARCHAR(20) CHARACTER SET euckr', (at) => `한${at}`, (cell) => `'${cell}'`],
  ['VARCHAR(20) CHARACTER SET utf16', (at) => `😀${at}`, (cell) => `'${cell}'`],
  [
    'BINARY(4)',
    (at) => Buffer.concat([bytesOf(at)], 4).toString('base64'),
    (cell) => `x'${Buffer.from(cell, 'base64').toString('hex')}'`,
  ],
  [
    'VARBINARY(4)',
    (at) => bytesOf(at).toString('base64'),
    (cell) => `x'${Buffer.from(cell, 'base64').toString('hex')}'`,
  ],
  ['BIT(16)', (at) => bytesOf(at).toString('base64'), (cell) => `x'${Buffer.from(cell, 'base64').toString('hex')}'`],
];
/** Of few values. */
const SMALL_KEYS: typeof KEYS = [
  [`ENUM(${MEMBERS.map((member) => `'${member}'`)})`, (at) => `m${at}`, (cell) => `'${cell}'`],
  [
    "SET('c','b','a','d','e','f')",
    (at) => ['c', 'b', 'a', 'd', 'e', 'f'].filter((_, bit) => (at >> bit) % 2 === 1).join(),
    (cell) => `'${cell}'`,
  ],
  ['YEAR', (at) => (at === 0 ? '0000' : String(1950 + at)), (cell) => `'${cell}'`],
];
const ROWS = 200;
const SMALL_ROWS = 40;

const RANGE_ALL = { after: undefined, through: undefined, limit: 10_000 };

/** @param opened by a hook that runs before those of these tests */
export function testKeys(flavour: DatabaseFlavour, opened: () => FlavourServer): void {
  let target: MysqlTarget;
  let reader: RowReader & Disposable;

  beforeAll(async () => {
    target = await MysqlTarget.open(opened().server, 'reader');
    reader = openRowReader({ server: opened().server, schema: 'reader' });
  });

  afterAll(async () => {
    reader[Symbol.dispose]();
    await target[Symbol.asyncDispose]();
  });

  let tables = 0;

  async function createTable(columns: string): Promise<TableShape> {
    tables += 1;
    await target.sql(`CREATE TABLE t${tables} (${columns})`);
    return getShape(reader, `t${tables}`);
  }

  async function plansOf(sql: string): Promise<readonly string[]> {
    const rows = await target.sql(`EXPLAIN ${sql}`);
    return rows.map(({ type, key, Extra }) =>
      `${type} ${key} ${/filesort|temporary/.exec(Extra ?? '')?.[0] ?? ''}`.trim(),
    );
  }

  test.each([...KEYS, ...SMALL_KEYS].map(([type, cell, sql = String]) => ({ type, cell, sql })))(
    'by a key of $type, alone and with another column: found through the index, and paged in order',
    async ({ type, cell, sql }) => {
      const isSmall = SMALL_KEYS.some(([small]) => small === type);
      const keys = Array.from({ length: isSmall ? SMALL_ROWS : ROWS }, (_, at) => cell(at));
      const one = await createTable(`k ${type} NOT NULL PRIMARY KEY, v INT, pad VARCHAR(200)`);
      const both = await createTable(`a INT NOT NULL, k ${type} NOT NULL, v INT, pad VARCHAR(200), PRIMARY KEY (k, a)`);
      await target.sql(
        `INSERT INTO ${one.name} VALUES ${keys.map((key, at) => `(${sql(key)}, ${at}, REPEAT('x', 200))`)}`,
      );
      await target.sql(
        `INSERT INTO ${both.name} SELECT n, k, v, pad FROM ${one.name}, (SELECT 1 AS n UNION SELECT 2) AS two`,
      );
      await target.sql(`ANALYZE TABLE ${one.name}, ${both.name}`);

      const found = await reader.readMany(one, [...keys.map((key) => [key]), ['no such']]);
      expect([...found.values()].map(({ keyCells, image }) => [keyCells[0], image.cells[1]]).sort()).toEqual(
        keys.map((key, at) => [key, String(at)]).sort(),
      );
      const pairs = await reader.readMany(
        both,
        keys.flatMap((key) => [
          [key, '1'],
          [key, '3'],
        ]),
      );
      expect([...pairs.values()].map(({ keyCells }) => keyCells).sort()).toEqual(keys.map((key) => [key, '1']).sort());

      const ordered = async (table: TableShape) => {
        const rows = await target.sql(`SELECT v FROM ${table.name} ORDER BY ${table.primaryKey}`);
        return rows.map(({ v }) => v);
      };
      for (const table of [one, both]) {
        const paged: unknown[] = [];
        let after: readonly Cell[] | undefined;
        const all = await reader.readRange(table, RANGE_ALL);
        const through = all.at(-4)?.keyCells;
        for (let rows = await reader.readRange(table, { after, through, limit: 7 }); rows.length > 0; ) {
          paged.push(...rows.map(({ image }) => image.cells[image.layout.names.indexOf('v')]));
          after = rows.at(-1)?.keyCells;
          rows = await reader.readRange(table, { after, through, limit: 7 });
        }
        expect(paged).toEqual((await ordered(table)).slice(0, -3));

        const reading = new TableReading(table);
        const rest = table === both ? ['1'] : [];
        const some = keys.slice(0, isSmall ? 3 : 20).map((key) => [key, ...rest]);
        // Of a year, the optimizers take a list of numbers for no range.
        const isListed = type === 'YEAR' ? expect.any(String) : 'range PRIMARY';
        expect(await plansOf(reading.selectMany(some.map((key) => reading.renderKey(key))))).toEqual([isListed]);
        const range = { after: all[10]?.keyCells, through: all[30]?.keyCells, limit: 7 };
        expect(await plansOf(reading.selectRange(range))).toEqual([expect.stringMatching(/^(range|index) PRIMARY$/)]);
      }
    },
  );

  test('a row is the answer under each spelling of its key that the server takes for the same', async () => {
    const table = await createTable('k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT');
    await target.sql(`INSERT INTO ${table.name} VALUES ('Straße', 1), ('abc', 2), ('x', 3), ('?', 4)`);
    const same = { STRAßE: 'Straße', ABC: 'abc', 'abc ': 'abc', Ábc: 'abc', x: 'x' };
    const asked = [...Object.keys(same), 'y', '😀x'];
    const found = await reader.readMany(
      table,
      asked.map((key) => [key]),
    );
    const plan = new TableReading(table).keyPlan;
    const shown = asked.map((key) => [key, found.get(encodeRowKey(plan, [key]))?.keyCells[0]]);
    expect(shown).toEqual([...Object.entries(same), ['y', undefined], ['😀x', undefined]]);
    expect(found.size).toBe(Object.keys(same).length);
  });

  test.each([
    ['latin1_swedish_ci', 'E', [['é'], ['é']]],
    ['latin1_bin', 'E', [['é']]],
  ])(
    'a key that the character set of its column lacks is no key of another row, in %s',
    async (collation, other, rows) => {
      const table = await createTable(`k VARCHAR(20) COLLATE ${collation} PRIMARY KEY, v INT`);
      await target.sql(`INSERT INTO ${table.name} VALUES ('?', 1), ('é', 2)`);
      const found = await reader.readMany(table, [['한'], ['é'], [other]]);
      expect([...found.values()].map(({ keyCells }) => keyCells)).toEqual(rows);
    },
  );

  test('a key that its column cannot hold names no row, and keeps no other one away', async () => {
    const table = await createTable('k TINYINT PRIMARY KEY, v INT');
    await target.sql(`INSERT INTO ${table.name} VALUES (127, 1)`);
    const found = await reader.readMany(table, [['127'], ['128'], ['x'], [null], ['1.5']]);
    expect([...found.values()].map(({ keyCells }) => keyCells)).toEqual([['127']]);
    expect((await reader.readMany(table, [['x']])).size).toBe(0);
  });

  test('invisible, generated and marker columns are read by name, and unreadable bytes differ from every text', async () => {
    const invisible = flavour.flavour === 'MariaDB' ? 'INVISIBLE' : '';
    const table = await createTable(
      `id INT PRIMARY KEY, hidden INT ${invisible} DEFAULT 7, twice INT AS (id * 2) STORED, \`odd\`\`name\` VARCHAR(9) CHARACTER SET euckr, ergate_seq BIGINT UNSIGNED`,
    );
    await target.sql(`INSERT INTO ${table.name} (id, \`odd\`\`name\`) VALUES (1, '한?'), (2, x'c9a1'), (3, NULL)`);
    const rows = await reader.readRange(table, RANGE_ALL);
    expect(rows.map(({ image }) => image.layout.names)[0]).toEqual(['id', 'hidden', 'twice', 'odd`name', 'ergate_seq']);
    const [first, second, third] = rows.map(({ image }) => image.cells);
    expect(first).toEqual(['1', '7', '2', '한?', null]);
    expect(String(second?.[3]).isWellFormed()).toBe(false);
    expect(third).toEqual(['3', '7', '6', null, null]);
  });

  test('more keys than one statement takes, and more bytes than one packet', async () => {
    const table = await createTable('k VARCHAR(700) COLLATE utf8mb4_bin PRIMARY KEY, v INT');
    const keys = Array.from({ length: 2_500 }, (_, at) => `${at}`.padEnd(600, 'x'));
    await target.sql(`INSERT INTO ${table.name} VALUES ${keys.map((key, at) => `('${key}', ${at})`)}`);
    const found = await reader.readMany(
      table,
      keys.map((key) => [key]),
    );
    expect(found.size).toBe(keys.length);
    expect(await reader.readMany(table, [])).toEqual(new Map());
  });

  test('failures have codes, and what is under way when it is closed rejects', async () => {
    const table = await createTable('id INT PRIMARY KEY');
    await target.sql(`DROP TABLE ${table.name}`);
    expect((await errorOf(reader.readMany(table, [['1']]))).code).toBe('ERG_3402');
    expect((await errorOf(reader.readRange(table, RANGE_ALL))).code).toBe('ERG_3402');
    expect((await reader.readTables([table.name])).size).toBe(0);
    using other = openRowReader({ server: opened().server, schema: 'reader' });
    const under = errorOf(other.readTables([table.name]));
    other.close();
    other.close();
    expect((await under).code).toBe('ERG_9001');
    expect((await errorOf(other.readMany(table, [['1']]))).code).toBe('ERG_9001');
  });

  test('a read that is not answered in time ends', async () => {
    const table = await createTable('id INT PRIMARY KEY');
    const session = await target.openSession();
    await session.query(`LOCK TABLES ${table.name} WRITE`);
    using hasty = openRowReader({ server: opened().server, schema: 'reader', deadlineMs: 200 });
    expect((await errorOf(hasty.readMany(table, [['1']]))).class).toBe('transient');
    await session.query('UNLOCK TABLES');
  });
}
