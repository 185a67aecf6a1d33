import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { FoldedRow } from '../route/fold-rows.ts';
import type { RoutedChange } from '../route/routed-change.ts';

/** Rows that are written together or refused together: one, or those of a primary-key change. In their order. */
export type RowUnit = readonly FoldedRow[];

/** @param entries all that the rows were folded from, and perhaps more */
export function findUnits(rows: readonly FoldedRow[], entries: readonly RoutedChange[]): readonly RowUnit[] {
  const unitOf = new Map<string, RowUnit>(rows.map((row) => [row.last.key, [row]]));
  const tied = entries.flatMap(({ key, ties = [] }) => ties.map((tie) => ({ key, tie })));
  for (const halves of Map.groupBy(tied, ({ tie }) => tie).values()) {
    const units = new Set(
      halves.flatMap(({ key }) => unitOf.get(key) ?? []).flatMap(({ last }) => [unitOf.get(last.key)]),
    );
    const joined = [...units].flatMap((unit) => unit ?? []);
    for (const { last } of joined) {
      unitOf.set(last.key, joined);
    }
  }
  return [...new Set(unitOf.values())];
}

/**
 * Divides units that cannot be written together, in their order: around the one that the error names, else in halves. So one
 * bad unit among n stands alone after at most 2·log2(n) + 1 further tries.
 *
 * @param units at least two
 * @param rows the same in the order in which they were written
 */
export function isolateUnit(
  units: readonly RowUnit[],
  rows: readonly FoldedRow[],
  error: ReplicationError,
): readonly RowUnit[] {
  const named = error.context['changeIndex'];
  const row = typeof named === 'number' ? findRow(rows, named) : undefined;
  const bad = row === undefined ? -1 : units.findIndex((unit) => unit.includes(row));
  const middle = units.length >> 1;
  const parts =
    bad >= 0
      ? [units.slice(0, bad), units.slice(bad, bad + 1), units.slice(bad + 1)]
      : [units.slice(0, middle), units.slice(middle)];
  return parts.map((part) => part.flat()).filter((part) => part.length > 0);
}

/** A row that is replaced is two changes for the writer. */
function findRow(rows: readonly FoldedRow[], changeIndex: number): FoldedRow | undefined {
  let changes = 0;
  return rows.find(({ removal }) => {
    changes += removal === undefined ? 1 : 2;
    return changeIndex < changes;
  });
}
