/** The status document: one truth for the command line, the demo and the console. */
import type { FindingCounts } from '../../actors/state/finding.ts';
import { latencyPercentile } from '../../protocol/message/latency-histogram.ts';
import type {
  JobStatus,
  NodeStatus,
  PipelineVerification,
  StatusAlert,
  StatusSummary,
  SupervisorStatus,
} from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import type { KnownNode } from '../cluster/node-registry.ts';
import type { JobRecord } from '../cluster/place-book.ts';
import { describeJob } from './describe-job.ts';
import { describeVerification } from './describe-verification.ts';
import { isSettling } from './is-settling.ts';
import type { LatencyBook } from './latency-book.ts';
import type { RateMeter } from './rate-meter.ts';

export interface ClusterView {
  readonly settings: Pick<Settings, 'environment' | 'captures' | 'pipelines'>;
  readonly supervisor: SupervisorStatus['supervisor'];
  readonly nodes: readonly KnownNode[];
  readonly records: readonly JobRecord[];
  readonly held: ReadonlyMap<string, string>;
  /** Pipelines that this version cannot run, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
  readonly allJobsKnown: boolean;
  /** Of each job, by its name. */
  readonly rates: Pick<RateMeter, 'perSecond'>;
  readonly latencies: Pick<LatencyBook, 'sinceStart' | 'recentOfAll' | 'recentOf'>;
  readonly findings: readonly FindingCounts[];
  readonly findingsAgeMs: number | undefined;
  readonly unwrittenColumns: SupervisorStatus['unwrittenColumns'];
  readonly dateAlerts: (verification: readonly PipelineVerification[]) => readonly StatusAlert[];
  readonly nowMs: number;
  readonly wallMs: number;
}

export function buildStatus(view: ClusterView): SupervisorStatus {
  const { settings, supervisor, findings, findingsAgeMs, unwrittenColumns, dateAlerts, nodes } = view;
  const jobs = describeJobs(view);
  const verification = describeVerification(settings.pipelines, jobs, view.wallMs);
  return {
    environment: settings.environment,
    atMs: view.wallMs,
    supervisor,
    summary: summarise(view, jobs),
    jobs,
    nodes: nodes.map((node) => describeNode(node, view.nowMs)),
    findings,
    findingsAgeMs: findingsAgeMs === undefined ? undefined : Math.round(findingsAgeMs),
    unwrittenColumns,
    verification,
    alerts: dateAlerts(verification),
  };
}

function describeJobs({ records, nodes, held, refused, rates, latencies, nowMs }: ClusterView): JobStatus[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return records.map((record) => {
    const { job, place } = record;
    return describeJob({
      record,
      node: place === undefined ? undefined : byName.get(place.node),
      heldReason: held.get(job.name),
      isRefused: 'pipeline' in job && refused.has(job.pipeline),
      changesPerSecond: rates.perSecond(job.name, nowMs),
      recentLatencyP99Ms: latencyPercentile(latencies.recentOf(job.name), 0.99),
      nowMs,
    });
  });
}

function summarise(
  { settings, latencies, findings, allJobsKnown, wallMs }: ClusterView,
  jobs: readonly JobStatus[],
): StatusSummary {
  const sinceStart = latencies.sinceStart();
  const recent = latencies.recentOfAll();
  const sinks = jobs.filter(({ job }) => job.kind === 'sink');
  return {
    allJobsKnown,
    jobs: jobs.length,
    running: jobs.filter(({ state }) => state === 'running').length,
    settling: jobs.filter((job) => isSettling(job, wallMs)).length,
    lagRecords: sum(
      sinks.map(({ report }) => (report?.status.detail.kind === 'sink' ? report.status.detail.lagRecords : 0)),
    ),
    lagSeconds: Math.max(0, ...jobs.map((job) => lagSecondsOf(job, settings.captures))),
    changesPerSecond: sum(sinks.map(({ changesPerSecond }) => changesPerSecond)),
    latencyP50Ms: latencyPercentile(sinceStart, 0.5),
    latencyP99Ms: latencyPercentile(sinceStart, 0.99),
    recentLatencyP50Ms: latencyPercentile(recent, 0.5),
    recentLatencyP99Ms: latencyPercentile(recent, 0.99),
    findings: sum(findings.map(({ count }) => count)),
  };
}

/** A capture hears of its quiet source now and then, stamped in whole seconds: so much of its lag means that all is quiet. */
const STAMP_SECONDS = 2;

function lagSecondsOf({ job, report }: JobStatus, captures: Settings['captures']): number {
  const detail = report?.status.detail;
  const lagSeconds = detail?.kind === 'sink' || detail?.kind === 'capture' ? detail.lagSeconds : 0;
  if (job.kind !== 'capture') {
    return lagSeconds;
  }
  const quietSeconds = (captures[job.capture]?.heartbeat ?? 0) / 1_000 + STAMP_SECONDS;
  return lagSeconds > quietSeconds ? lagSeconds : 0;
}

function describeNode({ name, heartbeat, heardMs, state, cpuPercent }: KnownNode, nowMs: number): NodeStatus {
  return {
    node: name,
    boot: heartbeat.boot,
    pid: heartbeat.pid,
    state,
    heartbeatAgeMs: Math.round(nowMs - heardMs),
    startedMs: heartbeat.startedMs,
    actors: state === 'dead' ? 0 : heartbeat.actors.length,
    rssBytes: heartbeat.rssBytes,
    cpuPercent: Math.round(cpuPercent * 10) / 10,
    eventLoopLagMs: heartbeat.eventLoopLagMs,
    version: heartbeat.version,
    faults: heartbeat.faults,
    breakers: heartbeat.breakers,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
