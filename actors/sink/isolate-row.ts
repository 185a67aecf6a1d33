import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { FoldedRow } from './fold-rows.ts';

/**
 * Divides rows that cannot be written together, in their order: around the row that the error names, else in halves. So one
 * bad row among n stands alone after at most 2·log2(n) + 1 further tries.
 *
 * @param rows at least two
 */
export function isolateRow(rows: readonly FoldedRow[], error: ReplicationError): readonly (readonly FoldedRow[])[] {
  const named = error.context['changeIndex'];
  const bad = typeof named === 'number' ? findRow(rows, named) : -1;
  const parts =
    bad >= 0
      ? [rows.slice(0, bad), rows.slice(bad, bad + 1), rows.slice(bad + 1)]
      : [rows.slice(0, rows.length >> 1), rows.slice(rows.length >> 1)];
  return parts.filter((part) => part.length > 0);
}

/** A row that is replaced is two changes for the writer. */
function findRow(rows: readonly FoldedRow[], changeIndex: number): number {
  let changes = 0;
  return rows.findIndex(({ removal }) => {
    changes += removal === undefined ? 1 : 2;
    return changeIndex < changes;
  });
}
