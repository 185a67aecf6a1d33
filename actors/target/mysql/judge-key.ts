import type { ColumnShape, TableShape } from '../../catalog/table-shape.ts';
import type { Remark } from '../remark.ts';
import { quoteName } from './quote-name.ts';

export function judgeKey(table: TableShape): Remark[] {
  if (table.primaryKey.length === 0) {
    return [noKey(table)];
  }
  const columns = table.primaryKey.map((name) => ({ name, column: table.columnByName.get(name) }));
  const faults = columns.flatMap(({ name, column }) => judgeColumn(name, column));
  return faults.length > 0 || table.keyEnforced ? faults : [notEnforced(table)];
}

function noKey({ name, uniqueIndexes, columnByName }: TableShape): Remark {
  const usable = uniqueIndexes.find(({ columns }) =>
    columns.every((column) => columnByName.get(column)?.nullable === false),
  );
  return {
    severity: 'refused',
    code: 'ERG_3504',
    message: 'no primary key, and the settings name none: rows cannot be told apart',
    statements: usable === undefined ? [] : [addPrimaryKey(name, usable.columns)],
    advice:
      usable === undefined
        ? 'add a primary key, or name the columns of its key as primaryKey in the settings'
        : undefined,
  };
}

function judgeColumn(name: string, column: ColumnShape | undefined): Remark[] {
  if (column === undefined) {
    const message = `key column ${name} of the settings does not exist`;
    return [
      { severity: 'refused', code: 'ERG_3508', message, column: name, statements: [], advice: 'correct primaryKey' },
    ];
  }
  if (column.ignored === true) {
    const message = `key column ${name} is in ignoreColumns, so rows could not be told apart`;
    const advice = 'take it out of ignoreColumns';
    return [{ severity: 'refused', code: 'ERG_3509', message, column: name, statements: [], advice }];
  }
  if (column.kind === 'unsupported') {
    const message = `key column ${name} is of type ${column.columnType}, by which rows cannot be told apart`;
    const advice = 'name another key as primaryKey';
    return [{ severity: 'refused', code: 'ERG_3520', message, column: name, statements: [], advice }];
  }
  return [];
}

/** Rows of one key may exist twice, and finding one may mean reading them all. */
function notEnforced(table: TableShape): Remark {
  const { name, primaryKey, columnByName, uniqueIndexes } = table;
  const isPrefix = uniqueIndexes.some((index) => index.name === 'PRIMARY');
  const isLong = primaryKey.some((column) => /text|blob/i.test(columnByName.get(column)?.columnType ?? ''));
  const drop = isPrefix ? 'DROP PRIMARY KEY, ' : '';
  const what = isPrefix ? 'the primary key covers the beginning of a column only' : 'no unique index has this key';
  return {
    severity: 'warning',
    code: 'ERG_3526',
    message: `key (${primaryKey.join(', ')}): ${what}, so rows are written one by one and may be searched for in the whole table`,
    statements: isLong ? [] : [addPrimaryKey(name, primaryKey, drop)],
    advice: isLong ? 'choose a key of columns that an index can cover whole' : undefined,
  };
}

export function addPrimaryKey(table: string, columns: readonly string[], before = ''): string {
  return `ALTER TABLE ${quoteName(table)} ${before}ADD PRIMARY KEY (${columns.map(quoteName).join(', ')})`;
}
