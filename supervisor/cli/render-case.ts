import { type Case, CLAIMED_STATES } from '../../actors/state/case.ts';
import type { CaseFile, PastOrder } from '../../actors/state/case-desk.ts';
import { formatAge } from './format-quantity.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { formatTime } from './with-state.ts';

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'PIPELINE' },
  { title: 'TABLE' },
  { title: 'SHARD' },
  { title: 'KEY' },
  { title: 'WHAT' },
  { title: 'COLUMNS' },
  { title: 'STATE' },
  { title: 'NEXT', align: 'right' },
  { title: 'SINCE', align: 'right' },
  { title: 'TRIES', align: 'right' },
  { title: 'REASON' },
];
const STEP_COLUMNS: readonly Column[] = [
  { title: 'AT (UTC)' },
  { title: 'EVENT' },
  { title: 'STATE' },
  { title: 'BY' },
  { title: 'NOTE' },
];
const ORDER_COLUMNS: readonly Column[] = [
  { title: 'ORDERED (UTC)' },
  { title: 'ORDER' },
  { title: 'BY' },
  { title: 'WHY' },
  { title: 'OUTCOME' },
];
/** Names of columns that are shown of one case in a list. */
const MAX_COLUMNS = 3;
const RESERVED = 'canary: the row is reserved for them';

export interface ListedCase extends Case {
  /** Its row is reserved for canaries. */
  readonly isReserved: boolean;
}

/** @param mayHaveMore the page is full */
export function renderCases(cases: readonly ListedCase[], nowMs: number, mayHaveMore: boolean): string[] {
  if (cases.length === 0) {
    return ['no case matches'];
  }
  const lines = renderTable(
    COLUMNS,
    cases.map((one) => rowOf(one, nowMs)),
  );
  return mayHaveMore ? [...lines, '', `for the next ones: --behind ${cases.at(-1)?.id}`] : lines;
}

export function nameKey({ targetKey, rowKey }: Case['row']): string {
  return withoutControls(
    targetKey.length === 0 ? rowKey : targetKey.map(([column, text]) => `${column}=${text}`).join(','),
  );
}

export function nameColumns(columns: readonly string[]): string {
  const named = columns.slice(0, MAX_COLUMNS).map(withoutControls).join(',');
  return columns.length > MAX_COLUMNS ? `${named} and ${columns.length - MAX_COLUMNS} more` : named || '-';
}

function rowOf(one: ListedCase, nowMs: number): Cell[] {
  const { id, pipeline, row, kind, columns, state, firstSeenMs, attempts, reason } = one;
  return [
    String(id),
    withoutControls(pipeline),
    withoutControls(row.table),
    withoutControls(row.shard),
    nameKey(row),
    kind,
    nameColumns(columns),
    one.end ?? state,
    nameNextLook(one, nowMs),
    formatAge(nowMs - firstSeenMs),
    String(attempts),
    withoutControls(reason ?? (one.isReserved ? RESERVED : '')),
  ].map((text) => ({ text }));
}

/** Of a case that is being worked on the time is only when somebody else may take it over. */
function nameNextLook({ state, dueMs }: Case, nowMs: number): string {
  if (CLAIMED_STATES.has(state)) {
    return 'now';
  }
  return dueMs === null ? '-' : formatAge(dueMs - nowMs);
}

export function renderCaseFile(file: CaseFile, nowMs: number): string[] {
  const { steps, orders } = file;
  const told = listFacts(file, nowMs).flatMap(([name, text]) =>
    text === null ? [] : [`${`${name}:`.padEnd(20)}${withoutControls(text)}`],
  );
  const history = renderTable(
    STEP_COLUMNS,
    steps.map(({ atMs, event, from, to, by, note }) =>
      texts(formatTime(atMs), event, from === null || from === to ? to : `${from} > ${to}`, by, note),
    ),
  );
  const wanted = renderTable(
    ORDER_COLUMNS,
    orders.map((order) =>
      texts(formatTime(order.orderedMs), order.verb, nameOrderers(order), order.reason, nameOutcome(order)),
    ),
  );
  return [...told, '', ...history, ...(orders.length === 0 ? [] : ['', ...wanted])];
}

/** Names and texts; null: not told. */
function listFacts(
  { case: one, closedMs, previousId }: CaseFile,
  nowMs: number,
): readonly (readonly [string, string | null])[] {
  const { row } = one;
  return [
    ['case', `${one.id} of ${one.pipeline}, partition ${one.partition}`],
    ['row', `${row.table} on ${row.shard}: ${nameKey(row)}`],
    ['key at the source', row.sourceKey.map(([column, text]) => `${column}=${text}`).join(',') || 'nothing tells it'],
    ['what', `${one.kind}${one.columns.length > 0 ? `: ${one.columns.join(', ')}` : ''}`],
    ['state', closedMs === null ? one.state : `closed ${formatTime(closedMs)}: ${one.end}`],
    ['reason', one.reason],
    ['next look', CLAIMED_STATES.has(one.state) ? null : nameDue(one, nowMs)],
    [
      'seen',
      `${one.detections} times, ${formatTime(one.firstSeenMs)} to ${formatTime(one.lastSeenMs)}, by the ${one.foundBy}`,
    ],
    ['evidence', `offset ${one.offset}, committed ${formatTime(one.commitTimeMs)}`],
    ['tries', `${one.attempts}; the row moved ${one.lostRaces} times, was wrong again ${one.relapses} times`],
    ['repaired', one.repairedMs === null ? null : formatTime(one.repairedMs)],
    ['digests', `source ${one.sourceDigest ?? '-'}, target ${one.targetDigest ?? '-'}`],
    ['recovery run', one.runId === null ? null : String(one.runId)],
    ['incident', one.outageId === null ? null : String(one.outageId)],
    ['case before', previousId === null ? null : String(previousId)],
    ['what helps', closedMs === null ? nameHelp(one) : null],
  ];
}

function nameDue({ dueMs }: Case, nowMs: number): string | null {
  return dueMs === null ? null : `${formatTime(dueMs)}, in ${formatAge(dueMs - nowMs)}`;
}

/** Of a record: it names no row that could be repaired. */
function nameHelp({ id, kind, pipeline, row: { table } }: Case): string | null {
  if (kind !== 'opaque') {
    return null;
  }
  const scope = table === '' ? `--pipeline ${pipeline}` : `--pipeline ${pipeline} --table ${table}`;
  return `"ergate case replay ${id}" reads its record again, "ergate verify run ${scope}" compares what it may have been about`;
}

function nameOrderers({ by, secondedBy }: PastOrder): string {
  return secondedBy === null ? by : `${by} and ${secondedBy}`;
}

function nameOutcome({ settledMs, refusal, needsSecond }: PastOrder): string {
  if (needsSecond) {
    return 'waits for a second person';
  }
  if (settledMs === null) {
    return 'not yet done';
  }
  return refusal === null ? `done ${formatTime(settledMs)}` : `refused: ${refusal}`;
}

function texts(...words: readonly string[]): Cell[] {
  return words.map((text) => ({ text: withoutControls(text) }));
}
