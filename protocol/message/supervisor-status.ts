import type { BreakerDetail } from './actor-status.ts';
import type { CanaryFinder } from './canary-message.ts';
import type { ActiveFault } from './fault-order.ts';
import type { Job } from './job.ts';
import type { ActorReport } from './node-message.ts';
import type {
  CanaryDetail,
  CanaryEnds,
  RecoveryDetail,
  SweptTable,
  UnverifiedDetail,
  VerifierCounts,
} from './verification-status.ts';

/** Plain JSON. Ages stand beside what may be stale, so that an old truth is seen to be old. */
export interface SupervisorStatus {
  readonly environment: string;
  /** Wall time at which it was made. */
  readonly atMs: number;
  readonly supervisor: {
    readonly id: string;
    readonly version: string;
    /** 0 until it has one. */
    readonly epoch: number;
    readonly startedMs: number;
    /** False before it leads, while it settles, and after a newer supervisor was seen. */
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
  /** Since the findings were counted; undefined when they never were. */
  readonly findingsAgeMs: number | undefined;
  /** Stored by the sinks; the newest 500 ranges. */
  readonly unwrittenColumns: readonly UnwrittenTotal[];
  /** Of each pipeline that is verified, in the order of the settings. */
  readonly verification: readonly PipelineVerification[];
  /** What a person should know: one sentence each, with its code. */
  readonly alerts: readonly StatusAlert[];
}

/** Values of a source column that were not written, because the target does not have the column. */
export interface UnwrittenTotal {
  readonly pipeline: string;
  readonly table: string;
  readonly column: string;
  readonly changes: number;
  /** 'YYYY-MM-DD hh:mm:ss.mmm' UTC; undefined when the stream carries none. */
  readonly firstCommitTime: string | undefined;
  readonly lastCommitTime: string | undefined;
  readonly ranges: readonly {
    readonly topic: string;
    readonly topicEpoch: number;
    readonly partition: number;
    readonly firstOffset: string;
    readonly lastOffset: string;
  }[];
}

export interface StatusAlert {
  readonly code: string;
  readonly message: string;
  readonly sinceMs: number;
}

export interface StatusSummary {
  /** False while the partitions of a topic are not known, so that jobs may be missing from the list. */
  readonly allJobsKnown: boolean;
  readonly jobs: number;
  readonly running: number;
  /** Placed, moved or started, or waiting, for a few seconds only; undefined: an older version does not tell. */
  readonly settling?: number | undefined;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  readonly changesPerSecond: number;
  /** Of every applied change since the sinks, or later the supervisor, were started; moved sinks are counted on. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  /** Of the changes applied in about the last minute; 0 when there were none. */
  readonly recentLatencyP50Ms: number;
  readonly recentLatencyP99Ms: number;
  readonly findings: number;
}

/** refused: this version cannot run it, so it is never placed. */
export type JobState = 'refused' | 'unplaced' | 'placing' | ActorReport['status']['state'] | 'unknown' | 'quarantined';

export interface JobStatus {
  readonly job: Job;
  readonly state: JobState;
  readonly reason: string | undefined;
  readonly sinceMs: number;
  readonly node: string | undefined;
  readonly placeEpoch: number;
  readonly restarts: number;
  readonly changesPerSecond: number;
  /** Of the changes applied in about the last minute; 0 when there were none. */
  readonly recentLatencyP99Ms: number;
  /** The newest word of the actor; its histogram is left out. */
  readonly report: ActorReport | undefined;
  readonly reportAgeMs: number | undefined;
}

export interface NodeStatus {
  readonly node: string;
  readonly boot: string;
  readonly pid: number;
  readonly state: 'live' | 'silent' | 'dead' | 'draining';
  readonly heartbeatAgeMs: number;
  readonly startedMs: number;
  readonly actors: number;
  readonly rssBytes: number;
  readonly cpuPercent: number;
  readonly eventLoopLagMs: number;
  readonly version: string;
  /** Switched on on purpose; undefined: none. */
  readonly faults?: readonly ActiveFault[] | undefined;
  /** As the node sees the shards of targets: those that are not simply closed; undefined: none. */
  readonly breakers?: readonly BreakerDetail[] | undefined;
}

/**
 * How far a pipeline is verified, and what is wrong. Nothing here may be read as "no mismatch" without the coverage: rows
 * that nobody could look at are not right.
 */
export interface PipelineVerification {
  readonly pipeline: string;
  /** Of its verifiers, recovery actors and sweeper: those that do not work, with the reason. */
  readonly idle: readonly { readonly job: string; readonly reason: string; readonly sinceMs: number }[];
  readonly partitions: readonly PartitionVerification[];
  /** Everything that the source committed before this wall time is verified, superseded, or unverified; undefined: unknown. */
  readonly verifiedMs: number | undefined;
  /** Of all partitions, since their verifiers were started. */
  readonly counts: VerifierCounts;
  /**
   * Within [0, 1]: row changes that were compared or superseded, of those that were due; undefined when none was. Below 1 while
   * there is a range that is not verified, or was given up.
   */
  readonly coverage: number | undefined;
  /** Rows that differ and are being proved. */
  readonly suspects: number;
  /** Rows that the source, or a look-up, was asked for in vain; undefined: an older version does not tell. */
  readonly unanswered?: number | undefined;
  /** By state; of the partitions whose recovery actor was heard. */
  readonly openCases: Readonly<Record<string, number>>;
  /** False while a recovery actor was not heard, so that there may be more. */
  readonly allCasesKnown: boolean;
  readonly oldestCaseMs: number | undefined;
  /** Tables whose automatic repair is stopped. */
  readonly stopped: RecoveryDetail['stopped'];
  /** Under way; undefined between sweeps, and without a sweeper. */
  readonly sweeping: string | undefined;
  readonly swept: readonly SweptTable[];
  /** Undefined: the pipeline has none, so nothing proves that what is wrong is found. */
  readonly canary?: CanaryVerdict | undefined;
}

/** Without ok, "nothing is wrong" means nothing. failing: the newest one was not found · unknown: none was found lately. */
export const CANARY_VERDICTS = ['ok', 'unknown', 'failing'] as const;

export interface CanaryVerdict extends Pick<CanaryDetail, 'out' | 'reason'> {
  /** When its keeper began; undefined: it was not heard. */
  readonly sinceMs?: number | undefined;
  /** The worst of both. */
  readonly state: (typeof CANARY_VERDICTS)[number];
  readonly by: Readonly<Record<CanaryFinder, FinderVerdict>>;
}

export interface FinderVerdict extends CanaryEnds {
  readonly state: CanaryVerdict['state'];
  /** Since the newest was found; undefined: never. */
  readonly foundAgeMs?: number | undefined;
}

export interface PartitionVerification {
  readonly partition: number;
  /** Decimal text, '' before the start. */
  readonly verifiedOffset: string;
  readonly endOffset: string;
  /** Age of the oldest change that is not verified; undefined when the verifier was not heard. */
  readonly lagSeconds: number | undefined;
  /** What nobody comes back to first, then the oldest; the first 50. */
  readonly unverified: readonly UnverifiedDetail[];
  /** How many there are; undefined: as many as are told. */
  readonly unverifiedRanges?: number | undefined;
  /** Ranges that a person has given up. */
  readonly givenUp?: number | undefined;
}
