import { describe, expect, test } from 'vitest';
import { leaveOut } from '../../../../../actors/catalog/leave-out.ts';
import type { TableShape } from '../../../../../actors/catalog/table-shape.ts';
import type { TableTraits } from '../../../../../actors/catalog/table-traits.ts';
import { findReadRefusal, findRefusal, judgeTable } from '../../../../../actors/target/mysql/judge-table.ts';
import { aColumn, aTable } from '../../../../support/sink-builders.ts';

const MARKER = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };
const TRAITS: TableTraits = {
  isBase: true,
  engine: 'InnoDB',
  isTransactional: true,
  invisibleColumns: [],
  triggers: [],
  foreignKeys: [],
};
const GOOD: TableShape = { ...aTable({ columns: ['id', 'a', 'ergate_seq'] }), traits: TRAITS };
const withTraits = (traits: Partial<TableTraits>): TableShape => ({ ...GOOD, traits: { ...TRAITS, ...traits } });
const foreignKey = { name: 'of_p', child: 'orders', parent: 'p', onDelete: 'RESTRICT', onUpdate: 'RESTRICT' };

describe('a table', () => {
  test('with key and version is nothing to talk about, also when nothing but its columns was read', () => {
    expect(judgeTable(GOOD, MARKER)).toEqual([]);
    expect(judgeTable({ ...GOOD, traits: undefined }, MARKER)).toEqual([]);
  });

  test('has all that is wrong with it told at once, and is refused for the first of it', () => {
    const table = { ...withTraits({ engine: 'MyISAM', isTransactional: false }), primaryKey: [] };
    expect(judgeTable(table, MARKER).map(({ code }) => code)).toEqual(['ERG_3504', 'ERG_3523']);
    expect(findRefusal(table, MARKER)).toMatchObject({ code: 'ERG_3504', context: { table: 'orders' } });
  });

  test.each<[string, TableShape, string]>([
    ['a view', withTraits({ isBase: false, engine: undefined, isTransactional: false }), 'ERG_3522'],
    ['an ignored key column', leaveOut(GOOD, new Set(['id'])), 'ERG_3509'],
    ['an ignored version', leaveOut(GOOD, new Set(['ergate_seq'])), 'ERG_3505'],
    [
      'a key by which rows cannot be told apart',
      { ...aTable({ columns: [aColumn('id', { kind: 'unsupported' }), 'ergate_seq'] }), traits: TRAITS },
      'ERG_3520',
    ],
    ...(['CASCADE', 'SET NULL', 'SET DEFAULT'] as const).map((onDelete): [string, TableShape, string] => [
      `${onDelete} of another table`,
      withTraits({ foreignKeys: [{ ...foreignKey, child: 'other', parent: 'orders', onDelete }] }),
      'ERG_3524',
    ]),
    ['CASCADE of its own', withTraits({ foreignKeys: [{ ...foreignKey, onUpdate: 'CASCADE' }] }), 'ERG_3524'],
  ])('with %s is refused', (_, table, code) => {
    expect(findRefusal(table, MARKER)?.code).toBe(code);
  });

  test.each<[string, TableShape, string]>([
    ['a trigger', withTraits({ triggers: [{ name: 't', when: 'BEFORE INSERT' }] }), 'warning ERG_3525'],
    ['a foreign key that only checks', withTraits({ foreignKeys: [foreignKey] }), 'warning ERG_3206'],
    ['a key that no index enforces', { ...GOOD, keyEnforced: false }, 'warning ERG_3526'],
    ['another unique index', { ...GOOD, uniqueIndexes: [{ name: 'u', columns: ['a'] }] }, 'note ERG_3207'],
    [
      'a commit time alone',
      { ...aTable({ columns: ['id', aColumn('rpc_time', { kind: 'datetime', fraction: 3 })] }), traits: TRAITS },
      'warning ERG_3521',
    ],
  ])('with %s is written, and it is told', (_, table, expected) => {
    expect(findRefusal(table, MARKER)).toBeUndefined();
    expect(judgeTable(table, MARKER).map(({ severity, code }) => `${severity} ${code}`)).toEqual([expected]);
  });
});

describe('a table that another tool writes', () => {
  test('needs neither markers nor transactions, and may have triggers and cascades', () => {
    const table = { ...withTraits({ isTransactional: false }), ...aTable({ columns: ['id', 'a'] }) };
    expect(findRefusal(table, MARKER)).toMatchObject({ code: 'ERG_3503' });
    expect(findReadRefusal(table)).toBeUndefined();
  });

  test('needs a key by which its rows are told apart', () => {
    expect(findReadRefusal({ ...GOOD, primaryKey: [] })).toMatchObject({ code: 'ERG_3504' });
  });
});
