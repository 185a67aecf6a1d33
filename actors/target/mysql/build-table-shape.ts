import type { ColumnKind, ColumnShape, TableShape, UniqueIndex } from '../../catalog/table-shape.ts';
import type { MysqlRow } from '../../runtime/mysql-connection.ts';

/** Rows about one table, as read-tables.ts selects them. */
export interface TableRows {
  readonly columns: readonly MysqlRow[];
  readonly uniqueParts: readonly MysqlRow[];
  readonly jsonChecks: readonly MysqlRow[];
  readonly dropsZeroSign?: boolean;
}

const KIND_BY_TYPE: ReadonlyMap<string, ColumnKind> = new Map(
  Object.entries({
    integer: ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'],
    decimal: ['decimal'],
    float: ['float'],
    double: ['double'],
    // Types of MariaDB that are written as text and checked by the server.
    text: ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'uuid', 'inet4', 'inet6'],
    binary: ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'],
    bit: ['bit'],
    date: ['date'],
    datetime: ['datetime'],
    timestamp: ['timestamp'],
    time: ['time'],
    year: ['year'],
    enum: ['enum'],
    set: ['set'],
    json: ['json'],
    geometry: [
      'geometry',
      'point',
      'linestring',
      'polygon',
      'multipoint',
      'multilinestring',
      'multipolygon',
      'geometrycollection',
      'geomcollection',
    ],
  } satisfies Partial<Record<ColumnKind, readonly string[]>>).flatMap(
    ([kind, types]) => types.map((type): [string, ColumnKind] => [type, kind as ColumnKind]), // keys of the literal above
  ),
);

const PRIMARY = 'PRIMARY';

/** Not DEFAULT_GENERATED, by which MySQL 8 means a default that is an expression. */
const GENERATED = /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i;
const SERVER_FILLS = /\bauto_increment\b|\bDEFAULT_GENERATED\b/i;
const JSON_CHECK = /^json_valid\(`((?:[^`]|``)+)`\)$/i;

/** @param configuredKey used when the table declares no primary key */
export function buildTableShape(
  name: string,
  rows: TableRows,
  configuredKey: readonly string[] | undefined,
): TableShape {
  const jsonColumns = new Set(rows.jsonChecks.flatMap(({ clause }) => findJsonColumn(String(clause))));
  const columns = rows.columns
    .map((row) => buildColumn(row, jsonColumns))
    .map((column) => (rows.dropsZeroSign === true ? dropZeroSign(column) : column));
  const columnByName = new Map(columns.map((column) => [column.name, column]));
  const indexes = groupParts(rows.uniqueParts, columns);
  const primaryKey = indexes.find((index) => index.name === PRIMARY)?.columns ?? configuredKey ?? [];
  const enforcing = indexes.find((index) => enforcesKey(index, primaryKey, columnByName));
  return {
    name,
    columns,
    columnByName,
    primaryKey,
    keyEnforced: enforcing !== undefined,
    uniqueIndexes: indexes
      .filter((index) => index !== enforcing)
      .map((index) => ({ name: index.name, columns: index.columns })),
  };
}

function findJsonColumn(clause: string): string[] {
  const name = JSON_CHECK.exec(clause)?.[1];
  return name === undefined ? [] : [name.replaceAll('``', '`')];
}

function buildColumn(row: MysqlRow, jsonColumns: ReadonlySet<string>): ColumnShape {
  const name = String(row['name']);
  const dataType = String(row['dataType']).toLowerCase();
  const columnType = String(row['columnType']);
  const extra = String(row['extra']);
  const kind = dataType === 'longtext' && jsonColumns.has(name) ? 'json' : KIND_BY_TYPE.get(dataType);
  return {
    name,
    kind: kind ?? 'unsupported',
    columnType,
    nullable: row['nullable'] === 'YES',
    hasDefault: Number(row['hasDefault']) === 1 || SERVER_FILLS.test(extra),
    generated: GENERATED.test(extra),
    unsigned: /\bunsigned\b/i.test(columnType),
    maxLength: optionalNumber(kind === 'bit' ? row['digits'] : row['length']),
    fraction: optionalNumber(row['fraction']),
    collation: typeof row['collation'] === 'string' ? row['collation'] : undefined,
  };
}

function dropZeroSign(column: ColumnShape): ColumnShape {
  return column.kind === 'float' || column.kind === 'double' ? { ...column, dropsZeroSign: true } : column;
}

function optionalNumber(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

interface IndexRows extends UniqueIndex {
  /** Every part is a whole column. */
  readonly isWhole: boolean;
}

function groupParts(parts: readonly MysqlRow[], columns: readonly ColumnShape[]): readonly IndexRows[] {
  const byName = Map.groupBy(parts, (row) => String(row['name']));
  return [...byName].map(([name, rows]) => {
    const isExpression = rows.some((row) => typeof row['columnName'] !== 'string');
    return {
      name,
      // An expression may depend on any column.
      columns: isExpression ? columns.map((column) => column.name) : rows.map((row) => String(row['columnName'])),
      isWhole: !isExpression && rows.every((row) => Number(row['isPrefix']) === 0),
    };
  });
}

/** A unique index of exactly the key's columns, whole and never NULL: two rows of one key cannot exist, nor can it clash otherwise. */
function enforcesKey(
  index: IndexRows,
  key: readonly string[],
  columnByName: ReadonlyMap<string, ColumnShape>,
): boolean {
  return (
    index.isWhole &&
    index.columns.length === key.length &&
    index.columns.every((column) => key.includes(column) && columnByName.get(column)?.nullable === false)
  );
}
