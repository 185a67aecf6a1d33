/** What `ergate doctor` found out: a document for programs, and what the page for people is drawn from. */
import type { ServerFacts } from '../../actors/target/mysql/inspect-server.ts';
import type { Remark } from '../../actors/target/remark.ts';

/** unknown: its shard could not be asked. */
export type Verdict = 'safe' | 'warn' | 'refused' | 'unknown';

export interface DoctorReport {
  readonly environment: string;
  readonly pipelines: readonly PipelineReport[];
  readonly summary: Readonly<Record<Verdict, number>>;
}

export interface PipelineReport {
  readonly pipeline: string;
  readonly topic: string;
  /** Undefined when the settings name no server for it. */
  readonly source: PlaceReport | undefined;
  readonly shards: readonly PlaceReport[];
  /** Of those shards that have one. */
  readonly replicas: readonly PlaceReport[];
  /** Tables that are the same on several shards stand once. */
  readonly tables: readonly TableReport[];
}

/** A database server as one of the settings names it; never with its password. */
export interface PlaceReport {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  /** Undefined when it could not be asked. */
  readonly server: ServerFacts | undefined;
  /** Of a target that could be asked: whether ergate_fence is there; a sink that may makes it. */
  readonly fence?: 'present' | 'missing' | undefined;
  readonly verdict: Verdict;
  readonly remarks: readonly Remark[];
}

export interface TableReport {
  readonly table: string;
  /** Its name at the source. */
  readonly source: string;
  readonly shards: readonly string[];
  readonly verdict: Verdict;
  /** Undefined where nothing is written. */
  readonly plan: WritePlanReport | undefined;
  readonly remarks: readonly Remark[];
}

export interface WritePlanReport {
  /** strict: by version. article: by commit time. */
  readonly guard: 'strict' | 'article';
  /** upsert: many rows a statement, ON DUPLICATE KEY UPDATE. row by row: a guarded UPDATE, then an INSERT. */
  readonly write: 'upsert' | 'row by row';
  readonly key: readonly string[];
  /** Of the source, without a column to go to; undefined when the source could not be asked. */
  readonly unwritten: readonly string[] | undefined;
  readonly ignored: readonly string[];
  readonly generated: readonly string[];
  readonly invisible: readonly string[];
  readonly uniqueIndexes: readonly string[];
  readonly triggers: readonly string[];
  readonly foreignKeys: readonly string[];
}
