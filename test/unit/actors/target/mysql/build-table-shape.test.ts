import { expect, test } from 'vitest';
import { buildTableShape } from '../../../../../actors/target/mysql/build-table-shape.ts';

const column = (name: string, more: object = {}) => ({
  name,
  dataType: 'int',
  columnType: 'int',
  nullable: 'NO',
  hasDefault: 0,
  extra: '',
  length: null,
  digits: 10,
  fraction: null,
  collation: null,
  ...more,
});
const part = (name: string, columnName: string | null, isPrefix = 0) => ({ name, columnName, isPrefix });

const build = (columns: readonly object[], uniqueParts: readonly object[] = [], clauses: readonly string[] = []) =>
  buildTableShape(
    't',
    {
      columns: columns.map((row) => ({ ...row })),
      uniqueParts: uniqueParts.map((row) => ({ ...row })),
      jsonChecks: clauses.map((clause) => ({ clause })),
    },
    undefined,
  );

test('a default that MySQL 8 calls DEFAULT_GENERATED is a default, not a generated column', () => {
  const { columns } = build([
    column('a', { extra: 'DEFAULT_GENERATED' }),
    column('b', { extra: 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP' }),
    column('c', { extra: 'VIRTUAL GENERATED' }),
    column('d', { extra: 'STORED GENERATED, INVISIBLE' }),
    column('e', { extra: 'auto_increment' }),
    column('f'),
  ]);
  expect(columns.map(({ generated, hasDefault }) => [generated, hasDefault])).toEqual([
    [false, true],
    [false, true],
    [true, false],
    [true, false],
    [false, true],
    [false, false],
  ]);
});

test('a unique index over an expression may concern any column and enforces no key', () => {
  const table = build([column('a'), column('b')], [part('PRIMARY', 'a'), part('u', null)]);
  expect(table.primaryKey).toEqual(['a']);
  expect(table.keyEnforced).toBe(true);
  expect(table.uniqueIndexes).toEqual([{ name: 'u', columns: ['a', 'b'] }]);
});

test('a primary key over a prefix does not enforce the whole key', () => {
  const table = build([column('a')], [part('PRIMARY', 'a', 1)]);
  expect(table.keyEnforced).toBe(false);
  expect(table.uniqueIndexes).toEqual([{ name: 'PRIMARY', columns: ['a'] }]);
});

test.each([
  ['json_valid(`doc`)', 'json'],
  ['json_valid(`other`)', 'text'],
  ['json_valid(`doc`) or `doc` is null', 'text'],
  ['`doc` <> 1', 'text'],
])('a LONGTEXT with the check %s is %s', (clause, kind) => {
  expect(build([column('doc', { dataType: 'longtext' })], [], [clause]).columns[0]?.kind).toBe(kind);
});

test('a type that is not known is never written', () => {
  const kinds = ['vector', 'xmltype', 'SYS_REFCURSOR'].map(
    (dataType) => build([column('a', { dataType })]).columns[0]?.kind,
  );
  expect(kinds).toEqual(['unsupported', 'unsupported', 'unsupported']);
});
