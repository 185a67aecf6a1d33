/** A target table beside its source table: what will not be written, what cannot be, and what may not fit. */
import type { ColumnShape, TableShape } from '../../catalog/table-shape.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import type { Remark } from '../remark.ts';
import { defineColumn } from './column-definition.ts';
import { findNarrower } from './find-narrower.ts';
import { quoteName } from './quote-name.ts';

export interface ComparedTables {
  /** Columns that the settings ignore are generated in it. */
  readonly target: TableShape;
  readonly source: TableShape;
  readonly marker: MarkerColumns;
  readonly ignored: ReadonlySet<string>;
}

export function compareColumns(compared: ComparedTables): readonly Remark[] {
  const { target, source, ignored } = compared;
  const sent = source.columns.filter(({ name }) => !ignored.has(name));
  return [
    ...listUnwritable(compared),
    ...sent.flatMap((column) => {
      const other = target.columnByName.get(column.name);
      return other === undefined ? [addColumn(target.name, column)] : compareColumn(target.name, column, other);
    }),
  ];
}

/** A statement that makes the table from what the source has, with the markers; without indexes other than its key. */
export function createTable(name: string, source: TableShape, marker: MarkerColumns): string {
  const lines = [
    ...source.columns.map((column) =>
      defineColumn(column, column.nullable && !source.primaryKey.includes(column.name)),
    ),
    `${quoteName(marker.writer)} TINYINT NULL`,
    `${quoteName(marker.commitTime)} DATETIME(3) NULL`,
    `${quoteName(marker.version)} BIGINT UNSIGNED NULL`,
    ...(source.primaryKey.length === 0 ? [] : [`PRIMARY KEY (${source.primaryKey.map(quoteName).join(', ')})`]),
  ];
  return `CREATE TABLE ${quoteName(name)} (\n  ${lines.join(',\n  ')}\n) ENGINE = InnoDB`;
}

function listUnwritable({ target, source, marker }: ComparedTables): Remark[] {
  const markers = new Set<string>(Object.values(marker));
  return target.columns
    .filter(({ name, nullable, hasDefault, generated }) => {
      const needsValue = !nullable && !hasDefault && !generated;
      return needsValue && !source.columnByName.has(name) && !markers.has(name);
    })
    .map((column) => ({
      severity: 'refused',
      code: 'ERG_3527',
      message: `column ${column.name} needs a value and the source does not have it: no row could be inserted`,
      column: column.name,
      statements: [modify(target.name, column, true)],
    }));
}

function addColumn(table: string, column: ColumnShape): Remark {
  return {
    severity: 'warning',
    code: 'ERG_3528',
    message: `column ${column.name} of the source does not exist: its values are counted and not written`,
    column: column.name,
    statements: [`ALTER TABLE ${quoteName(table)} ADD COLUMN ${defineColumn(column, true)}`],
    advice: 'or name it in ignoreColumns',
  };
}

function compareColumn(table: string, source: ColumnShape, target: ColumnShape): Remark[] {
  const { name } = target;
  if (target.generated) {
    return [];
  }
  if (target.kind === 'unsupported') {
    const message = `column ${name} is of type ${target.columnType}, which is not supported: no row could be written`;
    return [{ severity: 'refused', code: 'ERG_3306', message, column: name, statements: [], advice: 'ignoreColumns' }];
  }
  const reasons = findNarrower(source, target);
  if (reasons.length === 0) {
    return [];
  }
  return [
    {
      severity: 'warning',
      code: 'ERG_3531',
      message: `column ${name} is ${target.columnType}, at the source ${source.columnType}: ${reasons.join(', ')}`,
      column: name,
      statements: [modify(table, { ...source, name }, target.nullable || source.nullable)],
    },
  ];
}

function modify(table: string, column: ColumnShape, nullable: boolean): string {
  return `ALTER TABLE ${quoteName(table)} MODIFY COLUMN ${defineColumn(column, nullable)}`;
}
