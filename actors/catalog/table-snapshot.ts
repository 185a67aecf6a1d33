/**
 * The tables of one shard as somebody read them, in the form in which they are handed on. The version is a digest of what
 * was read: two readers of the same tables have the same version, whoever they are and whenever they started.
 */
import { createHash } from 'node:crypto';
import type { ColumnShape, TableShape, UniqueIndex } from './table-shape.ts';

/** Raised with every change of `TableShape`: another program's idea of a table is of no use. */
const FORMAT = 3;

export interface TableSnapshot {
  readonly version: string;
  /** By the name that was asked for; a table that does not exist is missing. */
  readonly tables: ReadonlyMap<string, TableShape>;
}

export function takeSnapshot(tables: ReadonlyMap<string, TableShape>): TableSnapshot {
  const sorted = [...tables.values()].map(withoutIndex).sort((a, b) => (a.name < b.name ? -1 : 1));
  const version = createHash('sha256')
    .update(JSON.stringify([FORMAT, sorted]))
    .digest('base64url')
    .slice(0, 22);
  return { version, tables };
}

export function encodeSnapshot({ version, tables }: TableSnapshot): object {
  return { format: FORMAT, version, tables: [...tables.values()].map(withoutIndex) };
}

/** Undefined when it is not one, or of another program. */
export function decodeSnapshot(body: unknown): TableSnapshot | undefined {
  if (!isRecord(body) || body['format'] !== FORMAT || typeof body['version'] !== 'string') {
    return undefined;
  }
  const tables = asList(body['tables'], isTable)?.map(withIndex);
  if (tables === undefined) {
    return undefined;
  }
  return { version: body['version'], tables: new Map(tables.map((table) => [table.name, table])) };
}

type PlainTable = Omit<TableShape, 'columnByName'>;

function withoutIndex({ columnByName: _, ...table }: TableShape): PlainTable {
  return table;
}

/** What msgpack left out because it was undefined is undefined again, so that equal shapes are deeply equal. */
function withIndex(table: PlainTable): TableShape {
  const columns = table.columns.map(
    (column): ColumnShape => ({
      ...column,
      maxLength: column.maxLength ?? undefined,
      fraction: column.fraction ?? undefined,
      collation: column.collation ?? undefined,
    }),
  );
  const { traits } = table;
  return {
    ...table,
    columns,
    columnByName: new Map(columns.map((column) => [column.name, column])),
    ...(traits === undefined ? {} : { traits: { ...traits, engine: traits.engine ?? undefined } }),
  };
}

/** The fields that plans are made of; of a snapshot of our own format the rest is as it was written. */
function isTable(value: unknown): value is PlainTable {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['keyEnforced'] === 'boolean' &&
    asList(value['primaryKey'], isText) !== undefined &&
    asList(value['uniqueIndexes'], isIndex) !== undefined &&
    asList(value['columns'], isColumn) !== undefined
  );
}

function isColumn(value: unknown): value is ColumnShape {
  return (
    isRecord(value) &&
    ['name', 'kind', 'columnType'].every((field) => typeof value[field] === 'string') &&
    ['nullable', 'hasDefault', 'generated', 'unsigned'].every((field) => typeof value[field] === 'boolean')
  );
}

function isIndex(value: unknown): value is UniqueIndex {
  return isRecord(value) && typeof value['name'] === 'string' && asList(value['columns'], isText) !== undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function asList<T>(value: unknown, isOne: (one: unknown) => one is T): readonly T[] | undefined {
  return Array.isArray(value) && value.every(isOne) ? value : undefined;
}
