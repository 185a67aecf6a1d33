import type { ColumnShape, TableShape } from './table-shape.ts';
import type { TableTraits } from './table-traits.ts';

type Tables = ReadonlyMap<string, TableShape>;

/** What is different, one short text per difference, such as "orders: amount decimal(10,2) was decimal(10,4)". */
export function describeTableChange(before: Tables, after: Tables): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const old = before.get(name);
    const table = after.get(name);
    if (old === undefined || table === undefined) {
      return old === table ? [] : [`${name}: ${table === undefined ? 'is gone' : 'is there'}`];
    }
    const differences = [...compareColumns(old, table), ...compareKeys(old, table), ...compareTraits(old, table)];
    return differences.map((difference) => `${name}: ${difference}`);
  });
}

function compareColumns(before: TableShape, after: TableShape): readonly string[] {
  const gone = before.columns.filter(({ name }) => !after.columnByName.has(name)).map(({ name }) => `${name} is gone`);
  const others = after.columns.flatMap((column) => {
    const old = before.columnByName.get(column.name);
    if (old === undefined) {
      return [`${column.name} ${describe(column)} is there`];
    }
    const [was, is] = [describe(old), describe(column)];
    return was === is ? [] : [`${column.name} ${is} was ${was}`];
  });
  return [...gone, ...others];
}

function describe({ columnType, nullable, hasDefault, generated, collation }: ColumnShape): string {
  const parts = [columnType, collation, nullable ? undefined : 'not null', hasDefault ? 'with a default' : undefined];
  return [...parts, generated ? 'generated' : undefined].filter((part) => part !== undefined).join(' ');
}

function compareKeys(before: TableShape, after: TableShape): readonly string[] {
  const [was, is] = [before, after].map(describeKeys);
  return was === is ? [] : [`${is} was ${was}`];
}

function describeKeys({ primaryKey, keyEnforced, uniqueIndexes }: TableShape): string {
  const unique = uniqueIndexes.map(({ name, columns }) => ` unique ${name} (${columns})`);
  return `key (${primaryKey})${keyEnforced ? '' : ' not enforced'}${unique.join('')}`;
}

function compareTraits({ traits: before }: TableShape, { traits: after }: TableShape): readonly string[] {
  if (before === undefined || after === undefined) {
    return [];
  }
  const [was, is] = [before, after].map(describeTraits);
  return was === is ? [] : [`${is} was ${was}`];
}

function describeTraits({ isBase, engine, triggers, foreignKeys, invisibleColumns }: TableTraits): string {
  return [
    isBase ? `table in ${engine}` : 'no table',
    ...triggers.map(({ name, when }) => `trigger ${name} ${when}`),
    ...foreignKeys.map(({ name, child, parent }) => `foreign key ${name} of ${child} to ${parent}`),
    ...invisibleColumns.map((column) => `${column} invisible`),
  ].join(', ');
}
