import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ColumnShape, TableShape } from '../catalog/table-shape.ts';
import type { MarkerColumns } from './marker-columns.ts';

/** Which column decides that an older change must not replace a newer one. */
export interface OverwriteGuard {
  /** strict: by the version, a total order. article: by the commit time, which has ties; kept for tables that have no more. */
  readonly mode: 'strict' | 'article';
  readonly column: ColumnShape;
}

/**
 * The guard of a table. There is none without a column for it, because nothing is ever written unguarded.
 * @throws ReplicationError ERG_3503, ERG_3505
 */
export function chooseGuard(table: TableShape, marker: MarkerColumns): OverwriteGuard {
  const version = table.columnByName.get(marker.version);
  const commitTime = table.columnByName.get(marker.commitTime);
  checkType(table, table.columnByName.get(marker.writer), ['integer']);
  checkType(table, commitTime, ['datetime', 'timestamp']);
  checkType(table, version, ['integer']);
  if (version !== undefined) {
    return { mode: 'strict', column: version };
  }
  if (commitTime !== undefined) {
    return { mode: 'article', column: commitTime };
  }
  throw new ReplicationError(
    'ERG_3503',
    `table ${table.name} has no column ${marker.version} or ${marker.commitTime}`,
    {
      context: { table: table.name },
    },
  );
}

function checkType(table: TableShape, column: ColumnShape | undefined, kinds: readonly string[]): void {
  if (column !== undefined && !kinds.includes(column.kind)) {
    throw new ReplicationError(
      'ERG_3505',
      `column ${column.name} of table ${table.name}: expected ${kinds.join(' or ')}, got ${column.columnType}`,
      { context: { table: table.name, column: column.name } },
    );
  }
}
