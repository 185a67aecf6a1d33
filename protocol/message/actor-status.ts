import type { RecoveryDetail, SweeperDetail, VerifierDetail } from './verification-status.ts';

/** starting: not yet working · running · waiting: works, but something it needs is away (see reason) */
export type ActorState = 'starting' | 'running' | 'waiting' | 'draining' | 'stopped' | 'failed';

export interface ActorStatus {
  readonly state: ActorState;
  /** Why it is not simply running: an error code and a sentence. */
  readonly reason: string | undefined;
  /** Wall time of the last change of state, ms. */
  readonly sinceMs: number;
  readonly detail: ActorDetail;
}

export type ActorDetail = SinkDetail | CaptureDetail | VerifierDetail | RecoveryDetail | SweeperDetail;

/** Counters run since the actor's start; rates come from differences between two reports. */
export interface SinkDetail {
  readonly kind: 'sink';
  readonly topic: string;
  readonly group: string;
  /** Next offset to read as committed; decimal text, '' before the start. */
  readonly committedOffset: string;
  readonly endOffset: string;
  /** Change records between the committed offset and the end. */
  readonly lagRecords: number;
  /** Now minus the commit time of the oldest unsettled change; 0 when all is settled. */
  readonly lagSeconds: number;
  readonly queuedChanges: number;
  readonly queuedBytes: number;
  readonly counts: SinkCounts;
  readonly lanes: readonly LaneDetail[];
  /** Shards, and tables of shards, that are left out for now. */
  readonly parked: readonly ParkedDetail[];
  /** What was accepted although it is not as it should be. */
  readonly oddities: DecodeOddities;
  /** Source columns that the target does not have, with the offsets at which they were seen. */
  readonly unwrittenColumns: readonly UnwrittenColumn[];
  /** Source commit to target commit of the applied changes; see latency-histogram.ts. */
  readonly latency: LatencySnapshot;
}

export interface DecodeOddities {
  /** Transactions without payloads. */
  readonly emptyRecords: number;
  /** Columns that came twice in one image, with equal values. */
  readonly repeatedColumns: number;
  /** Commit times that are none, in records that a source position orders. */
  readonly refusedCommitTimes: number;
  /** Records about the stream itself: heartbeats, transactions, definitions. */
  readonly controlRecords: number;
  /** Fields that the format does not know, each once; the first hundred. */
  readonly unknownFields: readonly string[];
}

export interface SinkCounts {
  readonly records: number;
  /** Of records that were not repeats; the sum of applied, filtered, refused and queued ones. */
  readonly changes: number;
  /** Changes whose effect is in the target, folded ones included. */
  readonly applied: number;
  /** Row operations sent to the target; applied minus folded. */
  readonly written: number;
  readonly filtered: number;
  /** Records that the capture sent again and that were skipped. */
  readonly repeated: number;
  readonly findings: number;
  /** Changes that findings stand for; a record that cannot be decoded counts as one. */
  readonly refused: number;
  readonly tombstones: number;
  readonly batches: number;
  readonly retries: number;
}

export interface LaneDetail {
  readonly shard: string;
  readonly lane: number;
  readonly queued: number;
  readonly quota: number;
  /** Error code and sentence while a write is being retried. */
  readonly blocked: string | undefined;
}

/** suspect: the shard is being asked · halfOpen: one probe is under way · held: opened by hand */
export type BreakerState = 'closed' | 'suspect' | 'open' | 'halfOpen' | 'held';

export interface BreakerDetail {
  readonly pipeline: string;
  readonly shard: string;
  readonly state: BreakerState;
  /** Failed validation queries that count. */
  readonly failures: number;
  readonly reason: string;
  /** Wall time, ms. */
  readonly sinceMs: number;
}

export interface ParkedDetail {
  readonly shard: string;
  /** At the target; undefined: the whole shard. */
  readonly table: string | undefined;
  /** catchingUp: it can be written again, and what it lacks is being made up for. */
  readonly state: 'parked' | 'catchingUp';
  /** The first offset whose changes it may lack; decimal text. */
  readonly fromOffset: string;
  /** Error code and sentence. */
  readonly reason: string;
  /** Wall time, ms. */
  readonly sinceMs: number;
}

export interface UnwrittenColumn {
  readonly table: string;
  readonly column: string;
  readonly changes: number;
  readonly firstOffset: string;
  readonly lastOffset: string;
  /** 'YYYY-MM-DD hh:mm:ss.mmm' UTC; undefined when the stream carries none. */
  readonly firstCommitTime?: string | undefined;
  readonly lastCommitTime?: string | undefined;
}

/** Bucket index to count; indexes and bounds as in latency-histogram.ts. */
export interface LatencySnapshot {
  readonly counts: Readonly<Record<number, number>>;
  readonly count: number;
  readonly maxMs: number;
}

export interface CaptureDetail {
  readonly kind: 'capture';
  readonly topic: string;
  readonly binlogFile: string;
  readonly binlogPosition: number;
  readonly transactions: number;
  readonly changes: number;
  readonly records: number;
  /** Row events of tables that are not captured. */
  readonly ignored: number;
  /** Now minus the time of the newest event read, heartbeats included; or since when what was read waits for Kafka. */
  readonly lagSeconds: number;
  /** Statements that changed a table, newest first, at most 10. */
  readonly schemaChanges: readonly { readonly atMs: number; readonly table: string; readonly statement: string }[];
}
