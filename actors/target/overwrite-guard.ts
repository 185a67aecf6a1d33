import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ColumnShape, TableShape } from '../catalog/table-shape.ts';
import type { MarkerColumns } from './marker-columns.ts';

/** Which column decides that an older change must not replace a newer one. */
export interface OverwriteGuard {
  /** strict: by the version, a total order. article: by the commit time, which has ties; kept for tables that have no more. */
  readonly mode: 'strict' | 'article';
  readonly column: ColumnShape;
}

/** A marker column that cannot hold its marker. */
export interface MarkerFault {
  readonly marker: keyof MarkerColumns;
  readonly column: ColumnShape;
  /** What it would have to be, for people. */
  readonly expected: string;
}

/** Undefined without a column for it: nothing is ever written unguarded. */
export function findGuard(table: TableShape, marker: MarkerColumns): OverwriteGuard | undefined {
  const version = table.columnByName.get(marker.version);
  if (version !== undefined) {
    return { mode: 'strict', column: version };
  }
  const commitTime = table.columnByName.get(marker.commitTime);
  return commitTime === undefined ? undefined : { mode: 'article', column: commitTime };
}

/** @throws ReplicationError ERG_3503 */
export function chooseGuard(table: TableShape, marker: MarkerColumns): OverwriteGuard {
  const guard = findGuard(table, marker);
  if (guard === undefined) {
    throw new ReplicationError('ERG_3503', `no column ${marker.version} or ${marker.commitTime}`, {
      context: { table: table.name },
    });
  }
  return guard;
}

export function findMarkerFaults(table: TableShape, marker: MarkerColumns): readonly MarkerFault[] {
  const faults: MarkerFault[] = [];
  const check = (name: keyof MarkerColumns, expected: string, holds: (column: ColumnShape) => boolean) => {
    const column = table.columnByName.get(marker[name]);
    if (column !== undefined && (column.generated || !holds(column))) {
      faults.push({ marker: name, column, expected });
    }
  };
  check('writer', 'integer', ({ kind }) => kind === 'integer');
  check('commitTime', 'datetime or timestamp', ({ kind }) => kind === 'datetime' || kind === 'timestamp');
  check('version', 'bigint', ({ kind, columnType }) => kind === 'integer' && /^bigint\b/i.test(columnType));
  return faults;
}
