/** The status for people: fits 80 columns, sentences below the tables. ASCII only, so that every terminal shows it. */
import type { JobStatus, NodeStatus, SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { isSettling } from '../status/is-settling.ts';
import { formatAge, formatCount, formatLag, formatLatency, formatMegabytes } from './format-quantity.ts';
import { type Cell, type Column, packWords, renderTable, withoutControls, wrapText } from './render-table.ts';
import { renderVerification, renderVerifyingJobs } from './render-verification.ts';

export type Tone = 'good' | 'doubtful' | 'bad' | 'quiet';

export interface RenderOptions {
  readonly columns: number;
  /** Colours a text, or leaves it as it is. */
  readonly paint: (tone: Tone, text: string) => string;
}

const JOB_COLUMNS: readonly Column[] = [
  { title: 'JOB' },
  { title: 'STATE' },
  { title: 'SINCE', align: 'right' },
  { title: 'NODE' },
  { title: 'CHG/S', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'BEHIND', align: 'right' },
  { title: 'P99', align: 'right' },
];

const NODE_COLUMNS: readonly Column[] = [
  { title: 'NODE' },
  { title: 'STATE' },
  { title: 'HEARD', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'PID', align: 'right' },
  { title: 'ACTORS', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'CPU', align: 'right' },
  { title: 'LOOP', align: 'right' },
];

export function renderStatus(status: SupervisorStatus, options: RenderOptions): string[] {
  return [
    ...renderHead(status, options),
    ...section(renderJobs(status, options)),
    ...section(renderVerification(status, options.columns)),
    ...section(renderNodes(status, options)),
    ...section(renderFindings(status, options)),
    ...section(renderUnwrittenNames(status, options)),
    ...section(renderReasons(status, options)),
  ];
}

export function renderJobs({ jobs, atMs }: SupervisorStatus, { paint }: RenderOptions): string[] {
  const replicating = jobs.filter(({ job }) => job.kind === 'capture' || job.kind === 'sink');
  const stateCell = ({ state }: JobStatus): Cell => ({ text: state, paint: (text) => paint(toneOfJob(state), text) });
  const tables = [
    ...(replicating.length === 0
      ? []
      : [
          renderTable(
            JOB_COLUMNS,
            replicating.map((job) => jobRow(job, atMs, stateCell(job))),
          ),
        ]),
    ...renderVerifyingJobs({ jobs, atMs }, { stateCell }),
  ];
  return tables.length === 0
    ? ['no jobs are known yet']
    : tables.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

export function renderNodes({ nodes, atMs }: SupervisorStatus, { paint }: RenderOptions): string[] {
  return nodes.length === 0
    ? ['no node has been heard']
    : renderTable(
        NODE_COLUMNS,
        nodes.map((node) => nodeRow(node, atMs, paint)),
      );
}

/** What needs a look: alerts, and every job that has a reason not to be simply running. */
export function renderReasons({ alerts, jobs, atMs }: SupervisorStatus, options: RenderOptions): string[] {
  const alike = Map.groupBy(
    jobs.filter((job) => job.reason !== undefined && !isSettling(job, atMs)),
    ({ job, state, reason }) => JSON.stringify(['pipeline' in job ? job.pipeline : '', state, reason]),
  );
  const sentences = [
    ...alerts.map(({ code, message, sinceMs }) => `${code} ${message} (since ${formatAge(atMs - sinceMs)})`),
    ...[...alike.values()].map(describeAlike),
  ];
  return sentences.flatMap((sentence) => wrapText(withoutControls(sentence), options.columns, '  '));
}

/** A supervisor of an older version does not tell them. */
function renderUnwrittenNames({ unwrittenColumns = [] }: Partial<SupervisorStatus>, options: RenderOptions): string[] {
  const names = unwrittenColumns.map(({ pipeline, table, column }) => `${pipeline} ${table}.${column}`);
  const sentence = `columns not written, as the target lacks them: ${names.join(', ')} (ergate columns list)`;
  return names.length === 0 ? [] : wrapText(withoutControls(sentence), options.columns, '  ');
}

function renderHead({ environment, supervisor, summary, nodes }: SupervisorStatus, options: RenderOptions): string[] {
  const live = nodes.filter(({ state }) => state === 'live').length;
  const { running, settling = 0, jobs } = summary;
  const tone = jobs > 0 && running + settling === jobs ? 'good' : 'doubtful';
  return packWords(
    [
      { text: `environment ${environment}` },
      { text: `${running + settling} of ${jobs} jobs running`, paint: (text) => options.paint(tone, text) },
      { text: `${live} of ${nodes.length} nodes live` },
      { text: `findings ${formatCount(summary.findings)}` },
      supervisor.acting
        ? { text: `epoch ${supervisor.epoch}` }
        : { text: 'supervisor does not act', paint: (text) => options.paint('doubtful', text) },
      { text: `${formatCount(summary.changesPerSecond)} changes/s` },
      { text: `lag ${formatCount(summary.lagRecords)} records, ${formatLag(summary.lagSeconds)}` },
      { text: `p50 ${formatLatency(summary.recentLatencyP50Ms)}` },
      { text: `p99 ${formatLatency(summary.recentLatencyP99Ms)}` },
      { text: `since start ${formatLatency(summary.latencyP50Ms)}, ${formatLatency(summary.latencyP99Ms)}` },
    ],
    options.columns,
  );
}

/** Of one pipeline, in one state for one reason. */
function describeAlike(jobs: readonly JobStatus[]): string {
  const [first] = jobs;
  const others = jobs.length > 1 ? ` and ${jobs.length - 1} more` : '';
  return `${first?.job.name ?? ''}${others} ${first?.state}: ${first?.reason}`;
}

function renderFindings({ findings, findingsAgeMs }: SupervisorStatus, { paint }: RenderOptions): string[] {
  if (findings.length === 0) {
    return [];
  }
  const columns: Column[] = [
    { title: 'FINDINGS OF' },
    { title: 'CODE' },
    { title: 'COUNT', align: 'right' },
    { title: 'NEWEST' },
  ];
  const rows = findings.map(({ pipeline, code, count, newest }): Cell[] => [
    { text: withoutControls(pipeline) },
    { text: withoutControls(code), paint: (text) => paint('bad', text) },
    { text: formatCount(count) },
    { text: withoutControls(newest) },
  ]);
  const age = findingsAgeMs === undefined ? [] : [paint('quiet', `counted ${formatAge(findingsAgeMs)} ago`)];
  return [...renderTable(columns, rows), ...age];
}

function jobRow(status: JobStatus, atMs: number, stateCell: Cell): Cell[] {
  const { job, sinceMs, node, changesPerSecond, recentLatencyP99Ms, report } = status;
  const detail = report?.status.detail;
  const isSink = detail?.kind === 'sink';
  return [
    { text: withoutControls(job.name) },
    stateCell,
    { text: formatAge(atMs - sinceMs) },
    { text: withoutControls(node ?? '-') },
    { text: detail === undefined ? '-' : formatCount(changesPerSecond) },
    { text: detail !== undefined && 'lagSeconds' in detail ? formatLag(detail.lagSeconds) : '-' },
    { text: isSink ? formatCount(detail.lagRecords) : '-' },
    { text: isSink && recentLatencyP99Ms > 0 ? formatLatency(recentLatencyP99Ms) : '-' },
  ];
}

function nodeRow(status: NodeStatus, atMs: number, paint: RenderOptions['paint']): Cell[] {
  const { node, state, heartbeatAgeMs, startedMs, pid, actors, rssBytes, cpuPercent, eventLoopLagMs } = status;
  return [
    { text: withoutControls(node) },
    { text: state, paint: (text) => paint(toneOfNode(state), text) },
    { text: formatLag(heartbeatAgeMs / 1_000) },
    { text: state === 'dead' ? '-' : formatAge(atMs - startedMs) },
    { text: String(pid) },
    { text: String(actors) },
    { text: formatMegabytes(rssBytes) },
    { text: `${Math.round(cpuPercent)} %` },
    { text: formatLatency(eventLoopLagMs) },
  ];
}

function toneOfJob(state: JobStatus['state']): Tone {
  switch (state) {
    case 'running':
      return 'good';
    case 'failed':
    case 'quarantined':
    case 'unplaced':
      return 'bad';
    case 'stopped':
    case 'refused':
      return 'quiet';
    default:
      return 'doubtful';
  }
}

function toneOfNode(state: NodeStatus['state']): Tone {
  switch (state) {
    case 'live':
      return 'good';
    case 'dead':
      return 'bad';
    default:
      return 'doubtful';
  }
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
