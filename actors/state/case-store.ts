/**
 * Where cases are kept while they are open, with all that happened to them. The store decides nothing: which state a case
 * goes to is said by actors/recovery/decide-case.ts, and written here under compare-and-set.
 *
 * Guaranteed: a row has at most one open case; a change of a case, its step in the history and what it settles (an order, a
 * finding) are written together or not at all; a place that a newer epoch has taken writes nothing any more. All times are
 * wall ms by the clock of the state database. All reject with ERG_5001 or ERG_5002, those with a place also with ERG_5101.
 */
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { Case, CaseState } from './case.ts';
import type { Finding } from './finding.ts';

/** Who drives the cases of a partition: one recovery actor, by its place epoch. */
export interface CasePlace {
  readonly pipeline: string;
  readonly partition: number;
  readonly epoch: number;
}

/** What a case is of; rowKey is kept whole and found by its SHA-256. */
export type CaseRow = Pick<RowName, 'table' | 'shard' | 'rowKey'>;

export interface NewCase extends Omit<Case, 'id' | 'rev'> {
  /** The case of the same row before this one, if it is remembered. */
  readonly previousId: bigint | null;
}

/** One line of the history of a case; the store adds time, state before and state after. */
export interface CaseStep {
  /** Event of the case machine, or the verb of an order. */
  readonly event: string;
  /** 'recovery', or the person who ordered it. */
  readonly by: string;
  /** Error code and sentence, or the reason of an order; '' when the event says all. */
  readonly note: string;
  /** Of a repair: the row as it was, to undo by; see RepairAnswer. */
  readonly before?: Readonly<Record<string, string | null>> | null | undefined;
}

/** One finding, as the primary key of its table. */
export type FindingPlace = Pick<
  Finding,
  'pipeline' | 'topic' | 'topicEpoch' | 'partition' | 'offset' | 'payloadIndex' | 'stage'
>;

export type CaseWrite = (
  | { readonly kind: 'open'; readonly next: NewCase }
  /**
   * Written only if the rev of the row is still that of `before`. A `next` that is closed moves to the closed cases; its
   * row may then have a new one.
   */
  | { readonly kind: 'change'; readonly before: Case; readonly next: Case }
) & {
  /** Undefined: not worth remembering. */
  readonly step?: CaseStep | undefined;
  /** This order is done. */
  readonly orderId?: bigint | undefined;
  /** This finding has a case now. */
  readonly finding?: FindingPlace | undefined;
};

export const CASE_ORDERS = ['recheck', 'repair', 'ignore', 'unignore', 'abandon', 'replay'] as const;
export type CaseOrderVerb = (typeof CASE_ORDERS)[number];

/** What a person wants of a case; kept until the recovery actor of its partition has done or refused it. */
export interface CaseOrder {
  readonly id: bigint;
  readonly caseId: bigint;
  readonly verb: CaseOrderVerb;
  readonly reason: string;
  /** Who gave it, for people. */
  readonly by: string;
  /** The run that it belongs to. */
  readonly runId: bigint | null;
  /** Of repair: also by deleting the row, if the source has none. */
  readonly mayDelete: boolean;
  /** Of ignore: when the case counts again; null: after 30 days. */
  readonly untilMs: number | null;
}

export interface CaseCounts {
  /** Of the open ones; states without any may be missing. */
  readonly states: Readonly<Partial<Record<CaseState, number>>>;
  /** When the oldest was first seen. */
  readonly oldestMs: number | undefined;
}

/** Open cases that were confirmed in some time, by table and what differs. */
export interface CaseShape {
  readonly table: string;
  readonly columns: readonly string[];
  readonly cases: number;
}

/** Of a table whose automatic repair was stopped (ERG_5103). */
export interface StoppedCases {
  readonly table: string;
  /** Those whose time is later. */
  readonly afterMs: number;
  readonly limit: number;
}

/**
 * storm: the automatic repair of a table is stopped while it is open · outage: cases of a shard wait for it · canary: damage
 * on purpose was not found in time
 */
export const INCIDENT_KINDS = ['storm', 'outage', 'canary'] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export interface Incident {
  readonly id: bigint;
  readonly kind: IncidentKind;
  /** Table at the source, or shard. */
  readonly subject: string;
  readonly reason: string;
  readonly openedMs: number;
  /** Null while it is open. */
  readonly closedMs: number | null;
}

export interface CaseStore {
  /** From now on nobody with a lower epoch writes. Repeatable. */
  takePlace(place: CasePlace): Promise<void>;

  /** The open case of each row, of whatever partition; else the one that was closed last, if that is less than a day ago. */
  findNewest(pipeline: string, rows: readonly CaseRow[]): Promise<readonly Case[]>;
  /** Those that are open. */
  getOpen(ids: readonly bigint[]): Promise<readonly Case[]>;
  /**
   * Open ones of the place whose time has come, the longest due first; and what time it is.
   *
   * @param byMs whose time is not later; now, when it is left out
   */
  listDue(
    place: CasePlace,
    limit: number,
    byMs?: number,
  ): Promise<{ readonly nowMs: number; readonly cases: readonly Case[] }>;
  /** Open ones of the place, but for suppressed ones, whose time is later than that. */
  listFarOff(place: CasePlace, afterMs: number, limit: number): Promise<readonly Case[]>;
  /** Those in checking, repairing or reverifying, by id, behind the given one. */
  listClaimed(place: CasePlace, afterId: bigint, limit: number): Promise<readonly Case[]>;
  /** Held ones of other shards than these, the oldest evidence first: by commit time, those without first, then offset. */
  listHeld(place: CasePlace, exceptShards: readonly string[], limit: number): Promise<readonly Case[]>;
  count(place: CasePlace): Promise<CaseCounts>;
  /** Of all partitions: found by a verifier or a sweep, and confirmed since. */
  survey(pipeline: string, sinceMs: number): Promise<readonly CaseShape[]>;
  /**
   * Of the rows of the table that a survey counts, so many as may be wrong only because a change could not be applied: each such
   * change, of any partition, excuses one row, as long as it will be read again by itself, and was not since the row was proven.
   */
  countExcused(pipeline: string, table: string, sinceMs: number): Promise<number>;
  /** Those of the place that wait only because their table was stopped. */
  listStopped(place: CasePlace, stopped: StoppedCases): Promise<readonly Case[]>;
  /** Steps of this event in the cases of the place, closed ones included. */
  countSteps(place: CasePlace, event: string, sinceMs: number): Promise<number>;

  /**
   * In one transaction; each by itself.
   * @returns what each is now, in their order; undefined: not written, because the case has changed or the row has an open one
   */
  write(place: CasePlace, writes: readonly CaseWrite[]): Promise<readonly (Case | undefined)[]>;

  /** Those that are neither done, nor refused, nor of a run that is paused; the oldest first. */
  listOrders(place: CasePlace, limit: number): Promise<readonly CaseOrder[]>;
  refuseOrder(place: CasePlace, orderId: bigint, reason: string): Promise<void>;

  /** Findings that have no case yet, the oldest first. */
  listFindings(place: CasePlace, limit: number): Promise<readonly Finding[]>;
  findFinding(finding: FindingPlace): Promise<Finding | undefined>;

  /** @returns the open one of this pipeline, kind and subject; a new one when there is none */
  openIncident(place: CasePlace, incident: Pick<Incident, 'kind' | 'subject' | 'reason'>): Promise<bigint>;
  /** Nothing when it is closed. */
  closeIncident(place: CasePlace, id: bigint, by: string): Promise<void>;
  /** Open ones, and those that were closed since. */
  listIncidents(pipeline: string, closedSinceMs: number): Promise<readonly Incident[]>;
}
