import type { Job } from './job.ts';
import type { ActorReport } from './node-message.ts';

export interface SupervisorStatus {
  readonly environment: string;
  readonly atMs: number;
  readonly supervisor: {
    readonly id: string;
    readonly epoch: number;
    readonly startedMs: number;
    readonly acting: boolean;
  };
  readonly summary: StatusSummary;
  readonly jobs: readonly JobStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly findings: readonly {
    readonly pipeline: string;
    readonly code: string;
    readonly count: number;
    readonly newest: string;
  }[];
  /** What a person should know: one sentence each, with its code. */
  readonly alerts: readonly { readonly code: string; readonly message: string; readonly sinceMs: number }[];
}

export interface StatusSummary {
  readonly jobs: number;
  readonly running: number;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  readonly changesPerSecond: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly findings: number;
}

export type JobState = 'unplaced' | 'placing' | ActorReport['status']['state'] | 'unknown' | 'quarantined';

export interface JobStatus {
  readonly job: Job;
  readonly state: JobState;
  readonly reason: string | undefined;
  readonly sinceMs: number;
  readonly node: string | undefined;
  readonly placeEpoch: number;
  readonly restarts: number;
  readonly changesPerSecond: number;
  readonly report: ActorReport | undefined;
}

export interface NodeStatus {
  readonly node: string;
  readonly boot: string;
  readonly pid: number;
  readonly state: 'live' | 'silent' | 'dead' | 'draining';
  readonly heartbeatAgeMs: number;
  readonly actors: number;
  readonly rssBytes: number;
  readonly cpuPercent: number;
  readonly eventLoopLagMs: number;
  readonly version: string;
}
