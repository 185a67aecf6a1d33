/** What a sweep was ordered to compare, in the terms of the tables as they are. */
import { findCell } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { SweepScope } from '../state/sweep-store.ts';
import type { SweepSpan } from './chunk.ts';
import type { SweptTable } from './swept-table.ts';

/** @throws ReplicationError ERG_4103 */
export function chooseTables({ tables }: Pick<PipelineSettings, 'tables'>, scope: SweepScope): readonly string[] {
  const all = Object.keys(tables);
  const unknown = scope.tables?.filter((table) => !all.includes(table)) ?? [];
  if (unknown.length > 0) {
    throw new ReplicationError('ERG_4103', `the pipeline has no table ${unknown.join(', ')}; it has ${all.join(', ')}`);
  }
  const chosen = scope.tables ?? all;
  if (scope.keys !== undefined && chosen.length !== 1) {
    throw new ReplicationError('ERG_4103', `a key range is of one table, got ${chosen.length}`);
  }
  return chosen;
}

/** Of a table that was chosen. @throws ReplicationError ERG_4103 */
export function readSpan(
  { tables }: Pick<PipelineSettings, 'tables'>,
  { keys, sinceMs }: SweepScope,
  { name, source }: SweptTable,
): SweepSpan {
  for (const cells of [keys?.from, keys?.to]) {
    if (cells !== undefined && cells.length !== source.primaryKey.length) {
      throw new ReplicationError(
        'ERG_4103',
        `table ${name}: expected a key of (${source.primaryKey.join(', ')}), got ${cells.length} values`,
      );
    }
  }
  return { from: keys?.from, through: keys?.to, isChosen: sinceMs === undefined ? undefined : changedSince(sinceMs) };

  function changedSince(wallMs: number): NonNullable<SweepSpan['isChosen']> {
    const column = tables[name]?.modifiedColumn;
    const shape = column === undefined ? undefined : source.columnByName.get(column);
    if (column === undefined || (shape?.kind !== 'datetime' && shape?.kind !== 'timestamp')) {
      const got = column === undefined ? 'no modifiedColumn in its settings' : `${column}, which is no date and time`;
      throw new ReplicationError(
        'ERG_4103',
        `table ${name}: expected a column that says when a row changed, got ${got}`,
      );
    }
    const since = formatSecond(wallMs);
    // A row that does not say when it changed may have changed since.
    return ({ image }) => {
      const cell = findCell(image, column);
      return typeof cell !== 'string' || cell >= since;
    };
  }
}

/** The second in which it was, UTC, as columns of dates and times show it: no shorter one of the same second sorts before. */
function formatSecond(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ');
}
