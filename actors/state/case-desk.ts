/**
 * What people see of cases, and what they want of them. A desk changes no case: it leaves an order, which the recovery actor
 * of the partition carries out within a second, or refuses with a reason. Every order is in the audit log.
 *
 * All reject with ERG_5001, ERG_5002.
 */
import type { Case, CaseKind, CaseState } from './case.ts';
import type { CaseOrder, CaseOrderVerb, Incident } from './case-store.ts';

export interface CaseFilter {
  /** One at least. */
  readonly pipelines: readonly string[];
  readonly table?: string | undefined;
  readonly shard?: string | undefined;
  /** closed: those that are kept for the record; otherwise open ones only. */
  readonly state?: CaseState | undefined;
  readonly kind?: CaseKind | undefined;
  readonly runId?: bigint | undefined;
  /** First seen at this time or later, wall ms. */
  readonly sinceMs?: number | undefined;
  /** Newest evidence at this commit time or later, and up to that one, wall ms. */
  readonly commitFromMs?: number | undefined;
  readonly commitToMs?: number | undefined;
  /** Newest evidence in these offsets. */
  readonly offsets?: OffsetRange | undefined;
}

export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface CasePage {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** The last one of the page before; undefined: the first page. */
  readonly behindId?: bigint | undefined;
}

/** What happened to a case once. */
export interface PastStep {
  readonly atMs: number;
  readonly event: string;
  readonly from: CaseState | null;
  readonly to: CaseState;
  readonly by: string;
  readonly note: string;
  /** The row as it was before it was repaired: holds values. Undefined when it was not repaired. */
  readonly before: Readonly<Record<string, string | null>> | null | undefined;
}

export interface PastOrder extends CaseOrder {
  readonly orderedMs: number;
  /** Waits for a second person, and is no order yet. */
  readonly needsSecond: boolean;
  readonly secondedBy: string | null;
  /** When it was done or refused; null: not yet. */
  readonly settledMs: number | null;
  /** Why it was not done; null when it was, or is open. */
  readonly refusal: string | null;
}

/** All that is known of a case. */
export interface CaseFile {
  readonly case: Case;
  /** Null: it is open. */
  readonly closedMs: number | null;
  readonly previousId: bigint | null;
  /** The oldest first. */
  readonly steps: readonly PastStep[];
  readonly orders: readonly PastOrder[];
}

/** A repair that is ordered for one case deletes nothing: that takes a run, and two persons. */
export interface NewOrder {
  readonly caseId: bigint;
  readonly verb: CaseOrderVerb;
  readonly reason: string;
  readonly by: string;
  readonly untilMs: number | null;
}

/**
 * given: the recovery actor has it · needs-second: another person has to order the same · same-person: that has to be
 * another person than before · closed, unknown: there is no such open case
 */
export type OrderOutcome = 'given' | 'needs-second' | 'same-person' | 'closed' | 'unknown';

export interface PipelineIncident extends Incident {
  readonly pipeline: string;
  readonly closedBy: string | null;
}

export interface CaseDesk {
  list(filter: CaseFilter, page: CasePage): Promise<readonly Case[]>;
  /** @param maxSteps the newest ones of its history */
  find(id: bigint, maxSteps: number): Promise<CaseFile | undefined>;
  order(order: NewOrder): Promise<OrderOutcome>;
  /** Open ones first, then the newest closed ones. */
  listIncidents(pipelines: readonly string[], limit: number): Promise<readonly PipelineIncident[]>;
  /** @returns false when there is no such open one */
  closeIncident(id: bigint, note: { readonly by: string; readonly reason: string }): Promise<boolean>;
}

/** Two persons are two users: one at two machines is one. @param by user@host */
export function isSamePerson(by: string, other: string): boolean {
  const userOf = (name: string) => name.slice(0, name.includes('@') ? name.lastIndexOf('@') : undefined);
  return userOf(by) === userOf(other);
}
