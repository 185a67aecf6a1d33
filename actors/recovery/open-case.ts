import type { RowName } from '../../protocol/verify/row-name.ts';
import type { Case, CaseKind } from '../state/case.ts';
import type { NewCase } from '../state/case-store.ts';
import type { CaseFacts, Detection } from './case-event.ts';
import { chooseQuarantineDelayMs, DAY_MS, jitter } from './case-policy.ts';
import { isProven, isSeenExtra } from './merge-evidence.ts';

interface Start {
  readonly pipeline: string;
  /** The newest closed case of the same row, if it is remembered. */
  readonly previous?: Case | undefined;
  readonly facts: CaseFacts;
}

/** The first state of a row that was found wrong, or wrong again. */
export function openCase(mismatch: Detection, { pipeline, previous, facts }: Start): NewCase {
  const {
    row,
    kind,
    columns,
    sourceDigest,
    targetDigest,
    evidence,
    isOwnerUnknown = false,
    foundBy,
    reason,
  } = mismatch;
  const start = startOf(pipeline, { row, kind, evidence, reason: reason ?? null }, facts);
  return {
    ...start,
    dueMs: mismatch.isDue === true ? facts.nowMs : start.dueMs,
    columns,
    sourceDigest,
    targetDigest,
    isOwnerUnknown,
    foundBy,
    confirmedMs: isProven(mismatch) ? facts.nowMs : null,
    extraSinceMs: isSeenExtra(mismatch) ? facts.nowMs : null,
    relapses: previous === undefined ? 0 : countRelapses(previous, facts.nowMs),
    previousId: previous?.id ?? null,
  };
}

export interface OpaqueStart {
  readonly row: RowName;
  readonly evidence: Detection['evidence'];
  readonly reason: string;
  /** It may become readable by itself. */
  readonly mayPass: boolean;
}

/** Of a record whose rows cannot be named. */
export function openOpaqueCase({ row, evidence, reason, mayPass }: OpaqueStart, { pipeline, facts }: Start): NewCase {
  const start = startOf(pipeline, { row, kind: 'opaque', evidence, reason }, facts);
  return mayPass ? start : { ...start, state: 'quarantined', dueMs: facts.nowMs + chooseQuarantineDelayMs(facts) };
}

function startOf(
  pipeline: string,
  { row, kind, evidence, reason }: Pick<Detection, 'row' | 'evidence'> & { kind: CaseKind; reason: string | null },
  facts: CaseFacts,
): NewCase {
  const { nowMs, settings } = facts;
  return {
    pipeline,
    partition: evidence.partition,
    row,
    kind,
    state: 'waiting',
    columns: [],
    sourceDigest: null,
    targetDigest: null,
    topicEpoch: evidence.topicEpoch,
    offset: BigInt(evidence.offset),
    commitTimeMs: evidence.commitTimeMs,
    isOwnerUnknown: false,
    foundBy: 'sink',
    firstSeenMs: nowMs,
    lastSeenMs: nowMs,
    confirmedMs: null,
    detections: 1,
    extraSinceMs: null,
    attempts: 0,
    lostRaces: 0,
    relapses: 0,
    clearedLooks: 0,
    ordered: null,
    dueMs: nowMs + jitter(settings.checkAfter, facts),
    outageId: null,
    runId: null,
    repairedMs: null,
    repairOffset: null,
    reason,
    end: null,
    previousId: null,
  };
}

/** A row that is wrong again within a day of a repair that was proven goes on where it was. */
function countRelapses({ end, relapses, repairedMs }: Case, nowMs: number): number {
  return end === 'verified' && repairedMs !== null && nowMs - repairedMs < DAY_MS ? relapses + 1 : 0;
}
