/** Verifiers, recovery actors and sweepers as a status tells of them. */
import { expect } from 'vitest';
import { type Job, verifierJob } from '../../protocol/message/job.ts';
import type { JobStatus, PipelineVerification } from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { buildEmptyStatus } from '../../supervisor/node/empty-status.ts';
import { describeVerification } from '../../supervisor/status/describe-verification.ts';

export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
// Only what is read of a pipeline.
export const PIPELINES = {
  orders: { verification: { delay: 120_000 } },
  plain: {},
} as unknown as Settings['pipelines'];

export function aJob(job: Job, detail: object | undefined, overrides: Partial<JobStatus> = {}): JobStatus {
  const empty = buildEmptyStatus(job, 'running', undefined, NOW_MS);
  const status = { ...empty, detail: { ...empty.detail, ...detail } as JobDetail };
  return {
    job,
    state: 'running',
    reason: undefined,
    sinceMs: NOW_MS - 1_000,
    node: 'node-1',
    placeEpoch: 1,
    restarts: 0,
    changesPerSecond: 10,
    recentLatencyP99Ms: 0,
    report: detail === undefined ? undefined : { job, placeEpoch: 1, status, restarts: 0, givenUp: false },
    reportAgeMs: detail === undefined ? undefined : 0,
    ...overrides,
  };
}

type JobDetail = NonNullable<JobStatus['report']>['status']['detail'];

export function aVerifier(partition: number, { counts, ...detail }: Partial<Record<string, unknown>> = {}): JobStatus {
  const all = { due: 100, equal: 90, superseded: 10, mismatches: 0, unchecked: 0, ...(counts as object | undefined) };
  return aJob(verifierJob('orders', partition), {
    verifiedOffset: '7',
    endOffset: '9',
    lagSeconds: 3,
    ...detail,
    counts: all,
  });
}

export function aRange() {
  return { shard: 's0', fromOffset: '3', toOffset: '8', reason: 'ERG_3011: away', sinceMs: NOW_MS };
}

export function only(jobs: readonly JobStatus[]): PipelineVerification {
  const described = describeVerification(PIPELINES, jobs, NOW_MS);
  expect(described).toHaveLength(1);
  return described[0] as PipelineVerification;
}
