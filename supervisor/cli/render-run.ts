import { type Run, type RunAction, type RunProgress, UNDER_WAY_STATES } from '../../actors/state/run-store.ts';
import { formatAge } from './format-quantity.ts';
import type { PlanDocument } from './recover-plan-command.ts';
import { nameColumns, nameKey } from './render-case.ts';
import { type Column, renderTable, withoutControls } from './render-table.ts';
import { formatTime } from './with-state.ts';

const PLAN_COLUMNS: readonly (readonly [title: string, action: RunAction])[] = [
  ['INSERT', 'insert'],
  ['UPDATE', 'update'],
  ['DELETE', 'delete'],
  ['EQUAL NOW', 'equal'],
  ['MOVING', 'moving'],
  ['UNREADABLE', 'unreadable'],
  ['NOT LOOKED AT', 'unseen'],
];
const SAMPLE_COLUMNS: readonly Column[] = ['TABLE', 'SHARD', 'KEY', 'WHAT', 'COLUMNS'].map((title) => ({ title }));
const RUN_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'PIPELINE' },
  { title: 'STATE' },
  { title: 'ROWS', align: 'right' },
  { title: 'OF' },
  { title: 'PLANNED (UTC)' },
  { title: 'BY' },
  { title: 'STARTED BY' },
  { title: 'REASON' },
];
const BAR_WIDTH = 30;

export function renderPlan({ run, tables, samples, leftOut, notes }: PlanDocument, maxRowsAlone: number): string[] {
  const counts = Object.entries(tables).map(([table, byAction]) => [
    { text: withoutControls(table) },
    ...PLAN_COLUMNS.map(([, action]) => ({ text: String(byAction[action]) })),
  ]);
  const sum = (...actions: RunAction[]) =>
    Object.values(tables).reduce((all, one) => all + actions.reduce((some, action) => some + one[action], 0), 0);
  const writes = sum('insert', 'update', 'delete', 'moving', 'unreadable', 'unseen');
  const needsSecond = writes > maxRowsAlone ? ', by another person' : '';
  const deletes = sum('delete');
  return [
    `${run.lookedAt} rows looked at`,
    ...(counts.length === 0
      ? []
      : renderTable(
          [{ title: 'TABLE' }, ...PLAN_COLUMNS.map(([title]) => ({ title, align: 'right' as const }))],
          counts,
        )),
    ...(samples.length === 0 ? [] : ['', ...renderSamples(samples)]),
    '',
    ...notes.map(withoutControls),
    ...(leftOut === 0
      ? []
      : [`${leftOut} more cannot be repaired this way: nothing tells the row, or which partition it is of`]),
    ...(writes === 0
      ? [`plan ${run.id}: no row is to be repaired`]
      : [
          `plan ${run.id}: ${writes} rows to be repaired, valid until ${formatTime(run.validUntilMs)} UTC; nothing has been written`,
          `next${needsSecond}: ergate recover run --plan ${run.id} --reason "…"`,
        ]),
    ...(deletes === 0
      ? []
      : [
          `rows are deleted only with --approve-deletes, by another person than who planned; without it ${deletes} stay`,
        ]),
  ];
}

function renderSamples(samples: PlanDocument['samples']): string[] {
  return renderTable(
    SAMPLE_COLUMNS,
    samples.map(({ item: { row, action }, columns, note }) =>
      [
        withoutControls(row.table),
        withoutControls(row.shard),
        nameKey(row),
        action,
        note === '' ? nameColumns(columns) : withoutControls(note),
      ].map((text) => ({ text })),
    ),
  );
}

export function renderRuns(runs: readonly Run[], nowMs: number): string[] {
  const rows = runs.map((run) =>
    [
      String(run.id),
      run.pipeline,
      nameState(run, nowMs),
      String(run.items),
      run.selection,
      formatTime(run.plannedMs),
      run.plannedBy,
      run.startedBy ?? '-',
      run.reason ?? '',
    ].map((text) => ({ text: withoutControls(text) })),
  );
  return rows.length === 0 ? ['there is no plan and no run'] : renderTable(RUN_COLUMNS, rows);
}

/** A plan that nobody can run any more is none. */
function nameState({ state, items, validUntilMs }: Run, nowMs: number): string {
  if (state !== 'planned') {
    return state;
  }
  return items === 0 ? 'empty' : validUntilMs < nowMs ? 'expired' : state;
}

export function renderProgress(progress: RunProgress, nowMs: number): string[] {
  const { run, orders, open, closed, actions } = progress;
  const equal = actions.equal ?? 0;
  const wanted = run.items - equal;
  const done = countDone(progress);
  const filled = wanted === 0 ? BAR_WIDTH : Math.floor((done / wanted) * BAR_WIDTH);
  const age = run.startedMs === null ? '' : `, ${formatAge((run.endedMs ?? nowMs) - run.startedMs)}`;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join('  ') || 'none';
  return [
    `run ${run.id} of ${withoutControls(run.pipeline)}: ${run.state}${age}`,
    `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}  ${done}/${wanted}`,
    `orders        open ${orders.open}  taken ${orders.done}  refused ${orders.refused}  to be given ${run.items - run.placedItems}`,
    `open cases    ${list(open)}`,
    `closed cases  ${list(closed)}`,
    ...(equal === 0 ? [] : [`${equal} rows were right when they were planned`]),
  ];
}

/** Rows that the run has nothing more to do with, or whose case was closed before it came to them. */
function countDone({ run, orders, open, actions }: RunProgress): number {
  const underWay = UNDER_WAY_STATES.reduce((sum, state) => sum + (open[state] ?? 0), 0);
  const left = orders.open + underWay + (run.items - run.placedItems);
  return Math.max(0, run.items - (actions.equal ?? 0) - left);
}
