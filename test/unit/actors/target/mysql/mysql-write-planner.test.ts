import { expect, test } from 'vitest';
import type { TableShape } from '../../../../../actors/catalog/table-shape.ts';
import { MysqlWritePlanner } from '../../../../../actors/target/mysql/mysql-write-planner.ts';
import type { ShardChange } from '../../../../../actors/target/target-shard.ts';
import { aChange } from '../../../../support/build-change.ts';
import { aColumn, aTable, MARKER_COLUMNS } from '../../../../support/target-table.ts';

const MARKER = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };
const COLUMNS = [
  aColumn('id', 'integer', 'bigint(20)', { nullable: false, hasDefault: false }),
  aColumn('v', 'text', 'text'),
  aColumn('need', 'integer', 'int(11)', { nullable: false, hasDefault: false }),
  aColumn('made', 'integer', 'int(11)', { generated: true }),
];
const PLAIN = aTable({ columns: [...COLUMNS, ...MARKER_COLUMNS] });
const UNIQUE = aTable({ columns: PLAIN.columns, uniqueIndexes: [{ name: 'v', columns: ['v'] }] });
const ARTICLE = aTable({ columns: [...COLUMNS, ...MARKER_COLUMNS.slice(0, 2)] });

const statements = (changes: readonly ShardChange[], maxRows = 1_000, maxBytes = 1 << 20) =>
  new MysqlWritePlanner(MARKER, maxRows).planStatements(changes, maxBytes);

const upsert = (table: TableShape, id: string, v: string) =>
  aChange({ table, row: { id, v, need: '1', made: '9', unknown: 'x' }, seq: 5, commitTime: '2026-01-02 03:04:05.678' });
const remove = (table: TableShape, id: string) =>
  aChange({ table, op: 'delete', row: { id }, seq: 6, commitTime: '2026-01-02 03:04:05.678' });

const GUARD = '`ergate_seq` IS NULL OR VALUES(`ergate_seq`)>=`ergate_seq`';
const IF = (name: string, condition = GUARD) => `\`${name}\`=IF(${condition},VALUES(\`${name}\`),\`${name}\`)`;

test('upserts are one statement with the guard in every assignment and the version last', () => {
  expect(statements([upsert(PLAIN, '2', 'b'), upsert(PLAIN, '1', 'a')])).toEqual([
    'INSERT INTO `orders` (`id`,`v`,`need`,`ergate_yn`,`rpc_time`,`ergate_seq`) VALUES ' +
      "(1,'a',1,1,'2026-01-02 03:04:05.678',5),(2,'b',1,1,'2026-01-02 03:04:05.678',5) ON DUPLICATE KEY UPDATE " +
      [
        IF('v', `IF(VALUES(\`id\`)=\`id\`,1,(SELECT 1 UNION ALL SELECT 2)) AND (${GUARD})`),
        ...['need', 'ergate_yn', 'rpc_time', 'ergate_seq'].map((name) => IF(name)),
      ].join(','),
  ]);
});

test('deletes are one guarded statement before the upserts', () => {
  expect(statements([upsert(PLAIN, '1', 'a'), remove(PLAIN, '3'), remove(PLAIN, '2')])[0]).toBe(
    'DELETE FROM `orders` WHERE (`id`=2 AND (`ergate_seq` IS NULL OR `ergate_seq`<=6)) OR ' +
      '(`id`=3 AND (`ergate_seq` IS NULL OR `ergate_seq`<=6))',
  );
});

test('with a second unique index each row is a guarded update, then an insert of what is not there, as given', () => {
  const guard = '(`ergate_seq` IS NULL OR `ergate_seq`<=5)';
  expect(statements([upsert(UNIQUE, '2', 'b'), remove(UNIQUE, '1')])).toEqual([
    `UPDATE \`orders\` SET \`v\`='b',\`need\`=1,\`ergate_yn\`=1,\`rpc_time\`='2026-01-02 03:04:05.678',\`ergate_seq\`=5 WHERE \`id\`=2 AND ${guard};` +
      'INSERT INTO `orders` (`id`,`v`,`need`,`ergate_yn`,`rpc_time`,`ergate_seq`) ' +
      "SELECT 2,'b',1,1,'2026-01-02 03:04:05.678',5 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `orders` WHERE `id`=2)",
    'DELETE FROM `orders` WHERE `id`=1 AND (`ergate_seq` IS NULL OR `ergate_seq`<=6)',
  ]);
});

test('an image without a needed column only updates, and the server has to fail when the row is missing', () => {
  const [statement = ''] = statements([aChange({ table: PLAIN, row: { id: '1', v: 'a' }, seq: 5 })]);
  expect(statement).toMatch(/^UPDATE `orders` SET /);
  expect(statement).not.toContain('INSERT');
  expect(statement).toMatch(/;SET @ergate_row=IF\(EXISTS .*,1,\(SELECT 1 UNION ALL SELECT 2\)\)$/);
});

test('a version that cannot be is replaced where it still is as it was seen, by a row of its own', () => {
  const guard = '(`ergate_seq` IS NULL OR `ergate_seq`<=5 OR `ergate_seq`=18446744073709551615)';
  const forced = { ...upsert(PLAIN, '1', 'a'), replaces: '18446744073709551615', writer: 'forced' } as const;
  const removal = { ...remove(ARTICLE, '2'), replaces: '2099-01-01 00:00:00.000' };
  const [deletion, plain, replacing] = statements([forced, upsert(PLAIN, '3', 'c'), removal]);
  expect(replacing).toBe(
    `UPDATE \`orders\` SET \`v\`='a',\`need\`=1,\`ergate_yn\`=2,\`rpc_time\`='2026-01-02 03:04:05.678',\`ergate_seq\`=5 WHERE \`id\`=1 AND ${guard};` +
      'INSERT INTO `orders` (`id`,`v`,`need`,`ergate_yn`,`rpc_time`,`ergate_seq`) ' +
      "SELECT 1,'a',1,2,'2026-01-02 03:04:05.678',5 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `orders` WHERE `id`=1)",
  );
  expect(plain).toContain("VALUES (3,'c',1,1,");
  expect(deletion).toContain("<='2026-01-02 03:04:05.678' OR `rpc_time`='2099-01-01 00:00:00.000')");
});

test('without a version column the commit time guards', () => {
  const [removal = '', insertion = ''] = statements([remove(ARTICLE, '1'), upsert(ARTICLE, '2', 'b')]);
  expect(removal).toContain("(`rpc_time` IS NULL OR `rpc_time`<='2026-01-02 03:04:05.678')");
  expect(insertion).toMatch(
    /`rpc_time`=IF\(`rpc_time` IS NULL OR VALUES\(`rpc_time`\)>=`rpc_time`,[^)]*\),`rpc_time`\)$/,
  );
});

test('rows of different columns go into different statements, those of equal columns into one', () => {
  const narrow = aChange({ table: PLAIN, row: { id: '3', need: '1' }, seq: 5 });
  const planned = statements([upsert(PLAIN, '1', 'a'), narrow, upsert(PLAIN, '2', 'b')]);
  expect(planned).toHaveLength(2);
  expect(planned[0]).toContain("(1,'a',1,");
  expect(planned[0]).toContain("(2,'b',1,");
});

test('a statement holds no more rows and bytes than allowed', () => {
  const changes = Array.from({ length: 10 }, (_, id) => upsert(PLAIN, String(id), 'x'.repeat(100)));
  expect(statements(changes, 4)).toHaveLength(3);
  expect(statements(changes, 1_000, 3_000).length).toBeGreaterThan(3);
  expect(() => statements(changes, 1_000, 500)).toThrow(
    expect.objectContaining({ code: 'ERG_3305', context: expect.objectContaining({ changeIndex: 0 }) }),
  );
});

test('a change that cannot be written is named by its place in the batch', () => {
  const batch = [upsert(PLAIN, '2', 'b'), remove(PLAIN, '1'), upsert(PLAIN, '1x', 'a')];
  expect(() => statements(batch)).toThrow(
    expect.objectContaining({ code: 'ERG_3301', context: { table: 'orders', column: 'id', changeIndex: 2 } }),
  );
});

test.each([
  ['no marker', aTable({ columns: COLUMNS }), 'ERG_3503'],
  ['no key', aTable({ columns: PLAIN.columns, primaryKey: [] }), 'ERG_3504'],
  ['a key of columns that do not exist', aTable({ columns: PLAIN.columns, primaryKey: ['gone'] }), 'ERG_3508'],
  ['a version that is a text', aTable({ columns: [...COLUMNS, aColumn('ergate_seq', 'text', 'text')] }), 'ERG_3505'],
] as const)('a table with %s is not written', (_case, table, code) => {
  expect(() => statements([upsert(table, '1', 'a')])).toThrow(
    expect.objectContaining({ code, class: 'configuration' }),
  );
});

test('a version that is no number never reaches a statement', () => {
  const odd = aChange({ table: PLAIN, row: { id: '1', need: '1' }, seq: '1 OR 1=1' });
  expect(() => statements([odd])).toThrow(expect.objectContaining({ code: 'ERG_9000' }));
});

test.each([
  [0, "'2026-01-02 03:04:05'"],
  [1, "'2026-01-02 03:04:05.6'"],
  [3, "'2026-01-02 03:04:05.678'"],
  [6, "'2026-01-02 03:04:05.678'"],
])('a commit time is cut to the %i digits that its column keeps', (fraction, literal) => {
  const table = aTable({
    columns: [...COLUMNS, aColumn('rpc_time', 'datetime', `datetime(${fraction})`, { fraction })],
  });
  expect(statements([upsert(table, '1', 'a')])[0]).toContain(`(1,'a',1,${literal})`);
});
