import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { describeVerified } from '../../supervisor/cli/render-verification.ts';
import type { CompareResult } from '../../test/compare/compare-all.ts';
import type { LoadReport } from '../banana/load-report.ts';
import type { DamageCounts } from './demo-sabotage.ts';
import { SHORTENED } from './demo-verification.ts';
import { formatMs } from './live-view.ts';
import type { PipelineTally } from './status-tally.ts';

export interface DemoOutcome {
  readonly rate: number;
  readonly seed: number;
  readonly load: LoadReport;
  readonly pipelines: readonly PipelineTally[];
  /** The last status before the end; undefined when the supervisor did not answer. */
  readonly status: SupervisorStatus | undefined;
  /** All that was written was verified before the end. */
  readonly isVerified: boolean;
  readonly actorRestarts: number;
  readonly actorMoves: number;
  readonly processRestarts: number;
  readonly compare: CompareResult;
  /** Undefined when nothing was damaged. */
  readonly damage: DamageCounts | undefined;
}

/** A second counts as held when it had at least this share of the rate. */
const HELD_SHARE = 0.95;

export function renderSummary(outcome: DemoOutcome): string[] {
  const { rate, seed, compare } = outcome;
  return [
    '',
    `summary of ${rate} row changes/s, seed ${seed}`,
    ...renderLoad(outcome).map(indent),
    ...outcome.pipelines.map(renderPipeline).map(indent),
    ...renderLatency(outcome.status).map(indent),
    ...renderFaults(outcome).map(indent),
    ...renderVerified(outcome).map(indent),
    'every target table against the source, row by row, byte by byte:',
    ...renderEquality(compare).map(indent),
    compare.equal ? 'EQUAL' : 'NOT EQUAL',
  ];
}

const indent = (line: string) => `  ${line}`;

function renderLoad({ load, rate }: DemoOutcome): string[] {
  const held = load.perSecond.filter((changes) => changes >= rate * HELD_SHARE).length;
  const lines = [
    `committed at the source: ${load.changes} row changes in ${load.transactions} transactions; rate held in ${held} of ${load.perSecond.length} seconds`,
  ];
  if (load.givenUp > 0) {
    lines.push(`${load.givenUp} changes that were due were never sent: the source was away or too slow`);
  }
  if (load.surprises > 0) {
    lines.push(`${load.surprises} transactions changed other rows than they should have`);
  }
  return lines;
}

function renderPipeline({ pipeline, applied, written, filtered, repeated, retries }: PipelineTally): string {
  return `${pipeline}: ${applied} changes applied as ${written} row operations, ${filtered} filtered, ${repeated} repeats skipped, ${retries} retries`;
}

function renderLatency(status: SupervisorStatus | undefined): string[] {
  if (status === undefined) {
    return ['commit to commit: unknown, the supervisor did not answer'];
  }
  const { latencyP50Ms, latencyP99Ms, recentLatencyP50Ms, recentLatencyP99Ms } = status.summary;
  return [
    `commit to commit: p50 ${formatMs(latencyP50Ms)}, p99 ${formatMs(latencyP99Ms)}; in the last minute p50 ${formatMs(recentLatencyP50Ms)}, p99 ${formatMs(recentLatencyP99Ms)}`,
    "  from updated_at, which the generator stamps just before it sends the transaction, to the target's answer to the",
    '  commit, as the sinks measured it for every applied change since they were started',
  ];
}

function renderFaults({ actorRestarts, actorMoves, processRestarts, status, load }: DemoOutcome): string[] {
  const findings = status?.summary.findings ?? 'unknown';
  return [
    `actor restarts ${actorRestarts}, moves ${actorMoves}, process restarts ${processRestarts}, source reconnects ${load.reconnects}, findings ${findings}`,
    ...(status?.findings ?? []).map(({ pipeline, code, count }) => `finding ${code} in ${pipeline}: ${count}`),
  ];
}

/** What was verified, so that "equal" below is not the only word on it; and what became of damage that was done on purpose. */
function renderVerified({ status, isVerified, damage }: DemoOutcome): string[] {
  const lines = (status?.verification ?? []).map(describeVerified);
  if (!isVerified) {
    lines.push('NOT VERIFIED to the end');
  }
  if (lines.length > 0) {
    lines.push(SHORTENED);
  }
  if (damage !== undefined) {
    const { wanted, damaged, found, repaired, closed, overwritten, open } = damage;
    lines.push(
      `rows damaged at the targets: ${damaged}${damaged < wanted ? ` of ${wanted}, then it was interrupted` : ''}; found ${found}, repaired ${repaired}, closed ${closed}; overwritten by a later change before they were found ${overwritten}; not found ${open}`,
    );
  }
  return lines;
}

function renderEquality({ tables, deliveriesWithoutSeller }: CompareResult): string[] {
  const lines = tables.flatMap(({ target, table, rows, missing, extra, different, unmarked, failure, examples }) => {
    const counts = `${rows} rows, ${missing} missing, ${extra} extra, ${different} different, ${unmarked} unmarked`;
    return [
      `${`${target}.${table}`.padEnd(26)} ${failure ?? counts}`,
      ...examples.map(({ kind, key, columns }) => `  ${kind.padEnd(9)} ${key} ${columns.join(', ')}`.trimEnd()),
    ];
  });
  if (deliveriesWithoutSeller > 0) {
    lines.push(`${deliveriesWithoutSeller} deliveries have no product order and belong nowhere`);
  }
  return lines;
}
