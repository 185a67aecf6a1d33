/** What verifies and repairs, for people: a table per kind of actor, and a sentence per pipeline. */
import type { ActorDetail } from '../../protocol/message/actor-status.ts';
import { CANARY_FINDERS } from '../../protocol/message/canary-message.ts';
import type {
  CanaryVerdict,
  JobStatus,
  PipelineVerification,
  SupervisorStatus,
} from '../../protocol/message/supervisor-status.ts';
import { measureCoverage } from '../status/measure-coverage.ts';
import { formatAge, formatCount, formatLag } from './format-quantity.ts';
import { type Cell, type Column, renderTable, withoutControls, wrapText } from './render-table.ts';

type Kind = 'verifier' | 'recovery' | 'sweeper';
type DetailOf<K extends Kind> = Extract<ActorDetail, { readonly kind: K }>;

interface KindTable<K extends Kind> {
  /** Behind name, state, age and node. */
  readonly titles: readonly string[];
  readonly cells: (detail: DetailOf<K>, job: JobStatus, atMs: number) => readonly string[];
}

const VERIFIERS: KindTable<'verifier'> = {
  titles: ['ROWS/S', 'BEHIND', 'SUSPECTS', 'UNVERIFIED', 'COVERAGE'],
  cells: (detail, { changesPerSecond }) => [
    formatCount(changesPerSecond),
    formatLag(detail.lagSeconds),
    formatCount(detail.suspects),
    formatCount(detail.unverifiedRanges ?? detail.unverified.length),
    formatCoverage(measureCoverage([detail])),
  ],
};

const RECOVERIES: KindTable<'recovery'> = {
  titles: ['MODE', 'OPEN', 'REPORTED', 'REPAIRED', 'CLOSED', 'QUARANTINED'],
  cells: ({ mode, cases, counts: { reported, repaired, closed, quarantined } }) => [
    mode,
    formatCount(sumOf(cases)),
    ...[reported, repaired, closed, quarantined].map(formatCount),
  ],
};

const SWEEPERS: KindTable<'sweeper'> = {
  titles: ['ROWS/S', 'TABLE', 'ROWS', 'MISMATCHES', 'LAST'],
  cells: ({ table, rowsCompared, mismatches, tables }, { changesPerSecond }, atMs) => [
    formatCount(changesPerSecond),
    table ?? '-',
    formatCount(rowsCompared),
    formatCount(mismatches),
    tables.length === 0 ? '-' : formatAge(atMs - Math.max(...tables.map(({ endedMs }) => endedMs))),
  ],
};

export interface VerificationRenderOptions {
  readonly columns: number;
  /** Of the state of a job. */
  readonly stateCell: (job: JobStatus) => Cell;
}

/** One table per kind that there is. */
export function renderVerifyingJobs(
  { jobs, atMs }: Pick<SupervisorStatus, 'jobs' | 'atMs'>,
  { stateCell }: Pick<VerificationRenderOptions, 'stateCell'>,
): string[][] {
  const render = <K extends Kind>(kind: K, title: string, { titles, cells }: KindTable<K>): string[] => {
    const own = jobs.filter(({ job }) => job.kind === kind);
    if (own.length === 0) {
      return [];
    }
    const rows = own.map((job): Cell[] => {
      const detail = job.report?.status.detail;
      const texts = detail?.kind === kind ? cells(detail as DetailOf<K>, job, atMs) : titles.map(() => '-'); // the kind says which
      return [
        { text: withoutControls(job.job.name) },
        stateCell(job),
        { text: formatAge(atMs - job.sinceMs) },
        { text: withoutControls(job.node ?? '-') },
        ...texts.map((text) => ({ text: withoutControls(text) })),
      ];
    });
    const columns: Column[] = [
      { title },
      { title: 'STATE' },
      { title: 'SINCE', align: 'right' },
      { title: 'NODE' },
      ...titles.map((name) => ({ title: name, align: 'right' as const })),
    ];
    return renderTable(columns, rows);
  };
  return [
    render('verifier', 'VERIFIER', VERIFIERS),
    render('recovery', 'RECOVERY', RECOVERIES),
    render('sweeper', 'SWEEPER', SWEEPERS),
  ].filter((lines) => lines.length > 0);
}

/** A supervisor of an older version tells nothing of it. */
export function renderVerification(
  { verification = [] }: Partial<Pick<SupervisorStatus, 'verification'>>,
  columns: number,
): string[] {
  return verification.flatMap((one) => wrapText(withoutControls(describeVerified(one)), columns, '  '));
}

/** The one sentence of a pipeline, also for the demo; never "no mismatch" without what it was that was looked at. */
export function describeVerified(verification: PipelineVerification): string {
  const { pipeline, verifiedMs, coverage, partitions, openCases, allCasesKnown, suspects, swept, canary } =
    verification;
  const ranges = partitions.reduce(
    (sum, { unverified, unverifiedRanges = unverified.length }) => sum + unverifiedRanges,
    0,
  );
  const givenUp = partitions.reduce((sum, partition) => sum + (partition.givenUp ?? 0), 0);
  const cases = Object.entries(openCases).map(([state, count]) => `${count} ${state}`);
  const isProved = canary === undefined || canary.state === 'ok';
  const known = `${allCasesKnown && isProved ? '' : 'at least '}${sumOf(openCases)}${cases.length === 0 ? '' : ` (${cases.join(', ')})`}`;
  const open = isProved || cases.length > 0 ? known : 'unknown'; // nothing proves that those that there are were found
  return [
    `${pipeline} verified up to ${verifiedMs === undefined ? 'unknown' : formatTime(verifiedMs)}`,
    `coverage ${formatCoverage(coverage)}`,
    ...tellAny('unverified ranges', ranges),
    ...tellAny('ranges given up', givenUp),
    ...tellAny('not answered by the source', verification.unanswered),
    `cases open ${open}`,
    ...tellAny('being proved', suspects),
    ...tellAny('tables swept', swept.length),
    ...(canary === undefined ? [] : [`canary ${describeCanary(canary)}`]),
  ].join(', ');
}

function tellAny(what: string, count = 0): readonly string[] {
  return count === 0 ? [] : [`${what} ${count}`];
}

function describeCanary({ state, by }: CanaryVerdict): string {
  const finders = CANARY_FINDERS.map((finder) => {
    const { state: own, foundAgeMs } = by[finder];
    const found = foundAgeMs === undefined ? 'none found yet' : `found ${formatAge(foundAgeMs)} ago`;
    return `${finder} ${own === state ? '' : `${own}, `}${found}`;
  });
  return `${state} (${finders.join('; ')})`;
}

/** Never more than there is: 99.999 % is not 100.00 %. */
export function formatCoverage(coverage: number | undefined): string {
  return coverage === undefined ? 'unknown' : `${(Math.floor(coverage * 10_000) / 100).toFixed(2)} %`;
}

function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
