/** The statements that read rows of one table, and what their answers become. Everything about the table is decided once. */
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout } from '../../protocol/change/row-image.ts';
import { encodeOrderKey, encodeRowKey, planRowKey, type RowKeyPlan } from '../../protocol/change/row-key.ts';
import { getKeyColumns } from '../catalog/get-key-columns.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { MysqlByteRow } from '../runtime/mysql-connection.ts';
import { quoteName } from '../target/mysql/quote-name.ts';
import { chooseKeyLiterals, type KeyLiteral } from './key-literal.ts';
import { type ColumnReading, planColumn } from './plan-column.ts';
import type { RowRange, StoredRow } from './row-reader.ts';
import { markUnreadable } from './unreadable-cell.ts';

interface KeyColumn extends KeyLiteral {
  readonly quotedName: string;
}

/** More than any answer has rows: a limit that is stated overrides one that the server sets for all sessions. */
const NO_LIMIT = 'LIMIT 18446744073709551615';

/** Measured: more in a list cost as much per row. MariaDB makes a temporary table of 1000 and more. */
const MAX_LISTED_KEYS = 500;
/** Measured: of keys that are joined by OR, more cost more per row, and at MySQL fewer too. */
const MAX_JOINED_KEYS = 100;

export class TableReading {
  readonly keyPlan: RowKeyPlan;
  /** Most keys for one statement. */
  readonly maxKeys: number;
  readonly #layout: ColumnLayout;
  readonly #readings: readonly ColumnReading[];
  readonly #keyIndexes: readonly number[];
  readonly #keyColumns: readonly KeyColumn[];
  readonly #select: string;
  readonly #hasMarks: boolean;

  /** @throws ReplicationError ERG_3504, ERG_3508, ERG_3520: there is no key by which rows can be told apart */
  constructor(table: TableShape) {
    const keyColumns = getKeyColumns(table);
    this.keyPlan = planRowKey(table.name, keyColumns);
    this.#layout = buildLayout(table.columns.map(({ name }) => name));
    this.maxKeys = keyColumns.length === 1 ? MAX_LISTED_KEYS : MAX_JOINED_KEYS;
    this.#readings = table.columns.map(planColumn);
    this.#keyIndexes = table.primaryKey.map((name) => this.#layout.indexByName.get(name) ?? 0);
    this.#keyColumns = keyColumns.map((column) => ({
      quotedName: quoteName(column.name),
      ...chooseKeyLiterals(column),
    }));
    const marks = this.#readings.flatMap(({ isShown }, index) =>
      isShown === undefined ? [] : [`IF(${isShown},NULL,'${index}')`],
    );
    this.#hasMarks = marks.length > 0;
    const expressions = this.#readings.map(({ sql }) => sql);
    // Numbers of the columns in which a character could not be shown.
    const all = this.#hasMarks ? [...expressions, `CONCAT_WS(',',${marks.join(',')})`] : expressions;
    this.#select = `SELECT ${all.join(',')} FROM ${quoteName(table.name)} WHERE `;
  }

  /** Names one row in `selectMany`. @throws ReplicationError as `KeyLiteral.literal` */
  renderKey(cells: readonly Cell[]): string {
    const [column] = this.#keyColumns;
    return column !== undefined && this.#keyColumns.length === 1
      ? column.literal(cells[0] ?? null)
      : `(${this.#keyColumns.map((one, index) => isEqual(one, cells[index])).join(' AND ')})`;
  }

  /**
   * Keys of several columns are not in a list of rows: MySQL 8.0 takes a time for one that grows with the square of its
   * length, and for names of an ENUM in one MariaDB reads the whole table.
   *
   * @param keys as rendered
   */
  selectMany(keys: readonly string[]): string {
    const [column] = this.#keyColumns;
    return column !== undefined && this.#keyColumns.length === 1
      ? `${this.#select}${column.quotedName} IN (${keys.join()}) ${NO_LIMIT}`
      : `${this.#select}(${keys.join(' OR ')}) ${NO_LIMIT}`;
  }

  /** The row that is the server's row of this key, in whatever spelling. */
  selectOne(cells: readonly Cell[]): string {
    const conditions = this.#keyColumns.flatMap((column, index) => {
      const { isWhole } = column;
      const cell = cells[index] ?? null;
      return isWhole === undefined ? [isEqual(column, cell)] : [isEqual(column, cell), isWhole(cell)];
    });
    return `${this.#select}${conditions.join(' AND ')} ${NO_LIMIT}`;
  }

  selectRange({ after, through, limit }: RowRange): string {
    const conditions = [
      ...(after === undefined ? [] : [this.#renderBound(after, '>', '>')]),
      ...(through === undefined ? [] : [this.#renderBound(through, '<', '<=')]),
    ];
    const order = this.#keyColumns.map(({ quotedName }) => quotedName).join();
    return `${this.#select}${conditions.length === 0 ? '1' : conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`;
  }

  buildRow(row: MysqlByteRow): StoredRow {
    const cells: Cell[] = new Array(this.#readings.length);
    for (let index = 0; index < this.#readings.length; index += 1) {
      const bytes = row[index];
      const reading = this.#readings[index] as ColumnReading; // below the length
      cells[index] = bytes === null || bytes === undefined ? null : reading.toCell(bytes);
    }
    if (this.#hasMarks) {
      markCells(cells, row);
    }
    const keyCells = this.#keyIndexes.map((index) => cells[index] ?? null);
    return { key: encodeRowKey(this.keyPlan, keyCells), keyCells, image: { layout: this.#layout, cells } };
  }

  orderKeyOf(cells: readonly Cell[]): string {
    return encodeOrderKey(this.keyPlan, cells);
  }

  /** (a > 1 OR (a = 1 AND b > 2)): for the optimizer ranges of the index, which a comparison of rows is not. */
  #renderBound(cells: readonly Cell[], sign: '<' | '>', lastSign: '<=' | '>'): string {
    const literals = this.#keyColumns.map(({ bound }, index) => bound(cells[index] ?? null));
    const steps = this.#keyColumns.map(({ quotedName }, index) => {
      const equals = this.#keyColumns.slice(0, index).map((column, at) => `${column.quotedName}=${literals[at]}`);
      const isLast = index === this.#keyColumns.length - 1;
      return [...equals, `${quotedName}${isLast ? lastSign : sign}${literals[index]}`].join(' AND ');
    });
    return `(${steps.map((step) => `(${step})`).join(' OR ')})`;
  }
}

function isEqual({ quotedName, literal }: KeyColumn, cell: Cell | undefined): string {
  return `${quotedName}=${literal(cell ?? null)}`;
}

function markCells(cells: Cell[], row: MysqlByteRow): void {
  const marked = row[cells.length]?.toString('latin1') ?? '';
  for (const index of marked === '' ? [] : marked.split(',').map(Number)) {
    cells[index] = markUnreadable(row[index] ?? Buffer.alloc(0));
  }
}
