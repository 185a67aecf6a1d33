import type { ActorDetail } from '../../protocol/message/actor-status.ts';
import type {
  JobStatus,
  PartitionVerification,
  PipelineVerification,
} from '../../protocol/message/supervisor-status.ts';
import {
  NO_VERIFIER_COUNTS,
  type RecoveryDetail,
  type VerifierCounts,
  type VerifierDetail,
} from '../../protocol/message/verification-status.ts';
import type { Settings, VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import { judgeCanary } from './judge-canary.ts';
import { measureCoverage } from './measure-coverage.ts';

type Verified = Exclude<JobStatus['job'], { readonly kind: 'capture' }>;

/** What the actors of each verified pipeline say, as one. A pipeline that is refused is left out: nothing of it is verified. */
export function describeVerification(
  pipelines: Settings['pipelines'],
  jobs: readonly JobStatus[],
  wallMs: number,
): PipelineVerification[] {
  return Object.entries(pipelines)
    .filter(([, { verification }]) => verification !== undefined)
    .map(([pipeline, { verification }]) => ({
      verification,
      own: jobs.filter(({ job }) => 'pipeline' in job && job.pipeline === pipeline && job.kind !== 'sink'),
    }))
    .filter(({ own }) => own.length > 0 && own.every(({ state }) => state !== 'refused'))
    .map(({ own, verification }) => describePipeline(own, verification, wallMs));
}

function describePipeline(
  jobs: readonly JobStatus[],
  verification: VerificationSettings | undefined,
  wallMs: number,
): PipelineVerification {
  const [first] = jobs;
  const partitions = jobs.filter(({ job }) => job.kind === 'verifier').map(describePartition);
  const verifiers = detailsOf(jobs, 'verifier');
  const recoveries = detailsOf(jobs, 'recovery');
  const [sweeper] = detailsOf(jobs, 'sweeper');
  const counts = verifiers.map((verifier) => verifier.counts).reduce(addCounts, NO_VERIFIER_COUNTS);
  return {
    pipeline: (first?.job as Verified | undefined)?.pipeline ?? '', // the caller gives no captures, and at least one
    idle: jobs.flatMap(describeIdle),
    partitions,
    verifiedMs: findVerifiedMs(partitions, wallMs),
    counts,
    coverage: measureCoverage(verifiers),
    suspects: verifiers.reduce((sum, { suspects }) => sum + suspects, 0),
    unanswered: verifiers.reduce((sum, { unanswered = 0 }) => sum + unanswered, 0),
    openCases: addCases(recoveries),
    allCasesKnown: recoveries.length === jobs.filter(({ job }) => job.kind === 'recovery').length,
    oldestCaseMs: findOldest(recoveries),
    stopped: listStopped(recoveries),
    sweeping: sweeper?.table,
    swept: sweeper?.tables ?? [],
    canary: judgeCanary(verification, sweeper?.canary, wallMs),
  };
}

function describeIdle({ job, state, reason, sinceMs }: JobStatus): PipelineVerification['idle'] {
  return state === 'running' || state === 'waiting' ? [] : [{ job: job.name, reason: reason ?? state, sinceMs }];
}

/** A report that is old tells of a lag that has grown since. */
function describePartition({ job, report, reportAgeMs = 0 }: JobStatus): PartitionVerification {
  const partition = 'partition' in job ? job.partition : 0;
  const detail = report?.status.detail;
  if (detail?.kind !== 'verifier' || detail.verifiedOffset === '') {
    return { partition, verifiedOffset: '', endOffset: '', lagSeconds: undefined, unverified: [] };
  }
  const { verifiedOffset, endOffset, unverified, unverifiedRanges, givenUp } = detail;
  return {
    partition,
    verifiedOffset,
    endOffset,
    lagSeconds: detail.lagSeconds + reportAgeMs / 1_000,
    unverified,
    unverifiedRanges,
    givenUp,
  };
}

/** Of the partition that is furthest behind. */
function findVerifiedMs(partitions: readonly PartitionVerification[], wallMs: number): number | undefined {
  let verifiedMs = wallMs;
  for (const { lagSeconds } of partitions) {
    if (lagSeconds === undefined) {
      return undefined;
    }
    verifiedMs = Math.min(verifiedMs, wallMs - lagSeconds * 1_000);
  }
  return partitions.length === 0 ? undefined : Math.floor(verifiedMs);
}

function addCounts(left: VerifierCounts, right: VerifierCounts): VerifierCounts {
  return {
    records: left.records + right.records,
    due: left.due + right.due,
    equal: left.equal + right.equal,
    superseded: left.superseded + right.superseded,
    mismatches: left.mismatches + right.mismatches,
    unchecked: left.unchecked + right.unchecked,
    targetReads: left.targetReads + right.targetReads,
    sourceReads: left.sourceReads + right.sourceReads,
  };
}

function addCases(recoveries: readonly RecoveryDetail[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [state, count] of recoveries.flatMap(({ cases }) => Object.entries(cases))) {
    if (count > 0) {
      sums[state] = (sums[state] ?? 0) + count;
    }
  }
  return sums;
}

function findOldest(recoveries: readonly RecoveryDetail[]): number | undefined {
  const times = recoveries.flatMap(({ oldestCaseMs }) => (oldestCaseMs === undefined ? [] : [oldestCaseMs]));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Each partition tells of the same tables. */
function listStopped(recoveries: readonly RecoveryDetail[]): RecoveryDetail['stopped'] {
  return [...new Map(recoveries.flatMap(({ stopped }) => stopped).map((stop) => [stop.table, stop])).values()];
}

interface DetailByKind {
  readonly verifier: VerifierDetail;
  readonly recovery: RecoveryDetail;
  readonly sweeper: Extract<ActorDetail, { readonly kind: 'sweeper' }>;
}

/** Of the actors that were ever heard. */
function detailsOf<Kind extends keyof DetailByKind>(jobs: readonly JobStatus[], kind: Kind): DetailByKind[Kind][] {
  return jobs.flatMap(({ report }) => {
    const detail = report?.status.detail;
    return detail?.kind === kind ? [detail as DetailByKind[Kind]] : []; // the kind says which
  });
}
