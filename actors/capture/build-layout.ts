import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CapturedLayout, SourceColumn } from './binlog-reader.ts';
import { baseType, type CellReader, chooseCellReader, type LoggedType } from './read-cell.ts';

/** One column as the log describes it. */
export interface LoggedColumn extends LoggedType {
  readonly name: string;
  /** Undefined where the log says nothing about a sign. */
  readonly unsigned: boolean | undefined;
  /** Of an ENUM or SET; undefined for a name that cannot be decoded. */
  readonly members: readonly (string | undefined)[] | undefined;
}

export interface LayoutRequest {
  readonly table: string;
  readonly logged: readonly LoggedColumn[];
  /** As the table is now; undefined when the source does not have it any more. */
  readonly current: ReadonlyMap<string, SourceColumn> | undefined;
  readonly recordKey: readonly string[];
  /** MySQL 8.0 leaves YEAR out of the signs that it logs, and the log library counts it in: signs behind one may be wrong. */
  readonly yearShiftsSigns: boolean;
}

/** A layout with what is needed to read its rows. */
export interface ReadableLayout extends CapturedLayout {
  readonly logged: readonly LoggedColumn[];
  readonly readers: readonly CellReader[];
  /** True where the log may leave a column out of an image, as nothing is stored for it. */
  readonly virtual: readonly boolean[];
}

/** Base types that say as little as the log does: another type behind them has to be refused by its real name. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['uuid', 'inet', 'vector', 'xmltype']);

/** @throws ReplicationError ERG_1504, ERG_1506 */
export function buildReadableLayout(request: LayoutRequest): ReadableLayout {
  const names = request.logged.map((column) => column.name);
  const firstYear = request.logged.findIndex((column) => baseType(column.columnType) === 'year');
  const isDoubtful = (index: number) => request.yearShiftsSigns && firstYear >= 0 && index > firstYear;
  const readers = request.logged.map((column, index) => getReader(request, column, isDoubtful(index)));
  return {
    table: request.table,
    logged: request.logged,
    names,
    forms: readers.map((reader) => reader.form),
    keyIndexes: request.recordKey.map((column) => getKeyIndex(request.table, names, column)),
    readers,
    virtual: names.map((name) => request.current?.get(name)?.virtual === true),
  };
}

/** @param isDoubtful the sign that the log says may be another column's */
function getReader({ table, current }: LayoutRequest, logged: LoggedColumn, isDoubtful: boolean): CellReader {
  const column = current?.get(logged.name);
  if (column !== undefined && UNSUPPORTED.has(baseType(column.dataType))) {
    throw refused(table, logged.name, `a supported type, got ${column.dataType}`);
  }
  // A row is an object of the log library, and assigning to this name makes no property.
  if (logged.name === '__proto__') {
    throw refused(table, logged.name, 'another name');
  }
  const reader = chooseCellReader(logged);
  if (reader === undefined) {
    throw refused(table, logged.name, `a supported type, got ${showType(logged)}`);
  }
  if (logged.members?.includes(undefined) === true) {
    throw refused(table, logged.name, `names that can be decoded, got ${showType(logged)}`);
  }
  if (column !== undefined && disagreesOnSign(logged, column)) {
    throw refused(
      table,
      logged.name,
      `the sign of information_schema (${column.unsigned ? 'unsigned' : 'signed'}), but the log says otherwise; ` +
        'on MySQL 8.0 a YEAR column in front of it makes the log be misread',
    );
  }
  if (isDoubtful && hasSign(logged) && (column === undefined || isAltered(logged, column))) {
    throw refused(
      table,
      logged.name,
      'a sign that can be checked; there is a YEAR column in front of it, and the table is not like this any more',
    );
  }
  return reader;
}

function showType({ columnType, code, charset }: LoggedColumn): string {
  const type = columnType === '' ? `type code ${code}` : columnType;
  return charset === undefined ? type : `${type} in character set ${charset}`;
}

function disagreesOnSign(logged: LoggedColumn, column: SourceColumn): boolean {
  return hasSign(logged) && !isAltered(logged, column) && logged.unsigned !== column.unsigned;
}

function hasSign({ unsigned, columnType }: LoggedColumn): boolean {
  return unsigned !== undefined && baseType(columnType) !== 'year';
}

/** A column of another type by now was altered after these rows; its sign tells nothing about them. */
function isAltered({ columnType }: LoggedColumn, { dataType }: SourceColumn): boolean {
  return baseType(columnType) !== dataType;
}

function getKeyIndex(table: string, names: readonly string[], column: string): number {
  const index = names.indexOf(column);
  if (index < 0) {
    throw new ReplicationError(
      'ERG_1506',
      `table ${table}: expected column ${column} of the record key, it has ${names}`,
    );
  }
  return index;
}

function refused(table: string, column: string, expected: string): ReplicationError {
  return new ReplicationError('ERG_1504', `table ${table}, column ${column}: expected ${expected}`);
}
