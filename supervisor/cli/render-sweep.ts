import type { SweepRun, SweepScope } from '../../actors/state/sweep-store.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { formatTime } from './with-state.ts';

const TABLE_COLUMNS: readonly Column[] = [
  { title: 'TABLE' },
  { title: 'STATE' },
  { title: 'ROWS', align: 'right' },
  { title: 'AT TARGET', align: 'right' },
  { title: 'DIFFERED', align: 'right' },
  { title: 'WRONG', align: 'right' },
  { title: 'NOT JUDGED', align: 'right' },
  { title: 'REASON' },
];
const SWEEP_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'PIPELINE' },
  { title: 'WHAT' },
  { title: 'STATE' },
  { title: 'ROWS', align: 'right' },
  { title: 'WRONG', align: 'right' },
  { title: 'NOT JUDGED', align: 'right' },
  { title: 'ORDERED (UTC)' },
  { title: 'ENDED (UTC)' },
  { title: 'BY' },
];

/** Values of keys are not shown: they are of rows. */
export function renderSweep(sweep: SweepRun): string[] {
  const { id, pipeline, state, reason, tables } = sweep;
  const rows = tables.map((table): Cell[] => [
    { text: withoutControls(table.table) },
    { text: table.isEnded ? 'compared' : 'under way' },
    { text: String(table.rows) },
    { text: String(table.targetRows) },
    { text: String(table.suspects) },
    { text: String(table.mismatches) },
    { text: String(table.unjudged) },
    { text: withoutControls(table.reason ?? '') },
  ]);
  return [
    `sweep ${id} of ${withoutControls(pipeline)}, ${describeScope(sweep.scope)}: ${state}`,
    ...(reason === null ? [] : [withoutControls(reason)]),
    ...(rows.length === 0 ? [] : renderTable(TABLE_COLUMNS, rows)),
    ...(sum(sweep, 'mismatches') === 0
      ? []
      : [`rows that are wrong are cases: ergate case list --pipeline ${pipeline}`]),
  ];
}

export function renderSweeps(sweeps: readonly SweepRun[]): string[] {
  const rows = sweeps.map((sweep): Cell[] => [
    { text: String(sweep.id) },
    { text: withoutControls(sweep.pipeline) },
    { text: describeScope(sweep.scope) },
    { text: sweep.state },
    { text: String(sum(sweep, 'rows')) },
    { text: String(sum(sweep, 'mismatches')) },
    { text: String(sum(sweep, 'unjudged')) },
    { text: formatTime(sweep.orderedMs) },
    { text: formatTime(sweep.endedMs) },
    { text: withoutControls(sweep.by) },
  ]);
  return rows.length === 0 ? ['nothing was swept'] : renderTable(SWEEP_COLUMNS, rows);
}

function sum({ tables }: SweepRun, what: 'rows' | 'mismatches' | 'unjudged'): number {
  return tables.reduce((total, table) => total + table[what], 0);
}

function describeScope(scope: SweepScope | undefined): string {
  if (scope === undefined) {
    return 'of another version';
  }
  const { tables, keys, sinceMs } = scope;
  const what = tables === undefined ? 'all tables' : withoutControls(tables.join(', '));
  const range = keys === undefined ? '' : ', a key range';
  return `${what}${range}${sinceMs === undefined ? '' : `, changed since ${formatTime(sinceMs)}`}`;
}
