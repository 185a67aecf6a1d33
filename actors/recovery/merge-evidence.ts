import type { Evidence } from '../../protocol/verify/mismatch.ts';
import { type Case, CLAIMED_STATES } from '../state/case.ts';
import type { Detection } from './case-event.ts';

/**
 * A case with what a report of its row adds: newer evidence wins, older never lowers it, the same again changes nothing. A row
 * that was found in another partition later than in its own belongs there: its case goes with it. A change of it that could
 * not be applied, however old, tells why it is wrong.
 */
export function mergeEvidence(before: Case, mismatch: Detection, nowMs: number): Case {
  const isExplained = mismatch.foundBy === 'sink' && before.foundBy !== 'sink';
  return addReport(isExplained ? { ...before, foundBy: 'sink' } : before, mismatch, nowMs);
}

function addReport(current: Case, mismatch: Detection, nowMs: number): Case {
  const order = compareEvidence(current, mismatch);
  if (order < 0 || (order === 0 && isSameDifference(current, mismatch))) {
    return current;
  }
  if (mismatch.evidence.partition !== current.partition && CLAIMED_STATES.has(current.state)) {
    return current; // not taken from whoever works on it; its look tells as much
  }
  const { kind, columns, sourceDigest, targetDigest, evidence, reason } = mismatch;
  const merged: Case = {
    ...current,
    kind,
    columns,
    sourceDigest,
    targetDigest,
    extraSinceMs: isSeenExtra(mismatch) ? (current.extraSinceMs ?? nowMs) : null,
    reason: current.reason ?? reason ?? null, // of why nobody has looked; what is known tells more
    lastSeenMs: nowMs,
    confirmedMs: current.confirmedMs ?? (isProven(mismatch) ? nowMs : null),
    clearedLooks: 0,
  };
  return order === 0
    ? merged
    : {
        ...merged,
        partition: evidence.partition,
        topicEpoch: evidence.topicEpoch,
        offset: BigInt(evidence.offset),
        commitTimeMs: evidence.commitTimeMs,
        isOwnerUnknown: current.isOwnerUnknown && mismatch.isOwnerUnknown === true,
        detections: current.detections + 1,
      };
}

/**
 * @returns above 0 when the report is newer than what the case knows, 0 when it is of the same place in the log. Places of
 *   two partitions are not comparable: a row that has moved is told by the commit time; a partition that was guessed gives way
 *   to one that is known, and never the other way round.
 */
export function compareEvidence(
  current: Pick<Case, 'partition' | 'topicEpoch' | 'offset' | 'commitTimeMs' | 'isOwnerUnknown'>,
  { evidence, isOwnerUnknown }: Pick<Detection, 'evidence' | 'isOwnerUnknown'>,
): number {
  const isGuessed = isOwnerUnknown === true;
  if (current.isOwnerUnknown && !isGuessed) {
    return 1;
  }
  if (evidence.partition !== current.partition) {
    if (isGuessed && !current.isOwnerUnknown) {
      return -1;
    }
    return (evidence.commitTimeMs ?? 0) > (current.commitTimeMs ?? 0) ? 1 : -1;
  }
  return comparePlaces(current, evidence);
}

function comparePlaces(current: Pick<Case, 'topicEpoch' | 'offset'>, evidence: Evidence): number {
  if (evidence.topicEpoch !== current.topicEpoch) {
    return evidence.topicEpoch - current.topicEpoch;
  }
  const offset = BigInt(evidence.offset);
  return offset === current.offset ? 0 : offset > current.offset ? 1 : -1;
}

/** By a look of who reports it; what nobody has looked at comes without digests. */
export function isProven({ sourceDigest, targetDigest }: Pick<Detection, 'sourceDigest' | 'targetDigest'>): boolean {
  return sourceDigest !== null || targetDigest !== null;
}

/** A report of what nobody could look at only supposes it. */
export function isSeenExtra({ kind, targetDigest }: Detection): boolean {
  return kind === 'extra' && targetDigest !== null;
}

export function isSameDifference(current: Case, mismatch: Detection): boolean {
  return (
    current.kind === mismatch.kind &&
    current.sourceDigest === mismatch.sourceDigest &&
    current.targetDigest === mismatch.targetDigest
  );
}
