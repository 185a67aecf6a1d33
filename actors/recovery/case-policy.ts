/** The rules of recovery that are not states: when to look again, what may be repaired, what ends in quarantine. */
import type { ErrorClass } from '../../protocol/errors/code-info.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { Case } from '../state/case.ts';
import type { CaseContext, CaseFacts, Difference } from './case-event.ts';

export const DAY_MS = 24 * 3_600_000;
/** Looks that lost a race until a row counts as hot. */
const MAX_LOST_RACES = 20;
/** Relapses, each within a day of its repair, until something else must be writing the row. */
const MAX_RELAPSES = 3;
/** The longest wait before a retry, in units of checkAfter: 5, 10, 20, 40, 80 minutes. */
const LONGEST = 16;
/** A day, where checkAfter is the usual 5 minutes; less where it is shortened. */
const QUARANTINE_LOOK = 288;
/** Between the two looks that have to find a row extra before it is deleted: 2 of 5 minutes. */
const CONFIRM = 0.4;

export function isHot({ lostRaces }: Case): boolean {
  return lostRaces > MAX_LOST_RACES;
}

export function isLastRelapse(relapses: number): boolean {
  return relapses >= MAX_RELAPSES;
}

/** ±20 %, so that what was found together is not looked at together for ever. */
export function jitter(ms: number, { random }: CaseFacts): number {
  return Math.round(ms * (0.8 + 0.4 * random()));
}

/** After a repair that failed, by how many of them there were. */
export function chooseRetryDelayMs(attempts: number, facts: CaseFacts): number {
  const times = Math.min(LONGEST, 2 ** Math.max(0, attempts - 1));
  return jitter(facts.settings.checkAfter * times, facts);
}

/** After a look that found the row moving. */
export function chooseMovingDelayMs(current: Case, facts: CaseFacts): number {
  return jitter(facts.settings.checkAfter * (isHot(current) ? LONGEST : 1), facts);
}

/** No case waits for so long by itself, but for one that a person ignores. */
export function chooseFarOffMs({ nowMs, settings: { checkAfter, reverifyAfter } }: CaseFacts): number {
  return nowMs + 2 * Math.max(DAY_MS, LONGEST * checkAfter, reverifyAfter);
}

/** Of a row that is not to be repaired now: as long as it has been wrong. */
function chooseObserveDelayMs({ firstSeenMs }: Case, facts: CaseFacts): number {
  const { checkAfter } = facts.settings;
  const ageMs = facts.nowMs - firstSeenMs;
  return jitter(Math.min(Math.max(ageMs, checkAfter), LONGEST * checkAfter), facts);
}

export function chooseQuarantineDelayMs(facts: CaseFacts): number {
  return jitter(Math.min(DAY_MS, QUARANTINE_LOOK * facts.settings.checkAfter), facts);
}

/** When a row that was found extra may be deleted. */
function confirmedAtMs(extraSinceMs: number, facts: CaseFacts): number {
  return extraSinceMs + Math.round(CONFIRM * facts.settings.checkAfter);
}

/** later: looked at again by itself · person: quarantined, and a person has to decide */
export interface DifferenceVerdict {
  readonly next: 'repair' | 'later' | 'person';
  /** Error code and sentence; null when it is repaired. */
  readonly reason: string | null;
  readonly dueMs: number;
}

/** Of a difference that a look has confirmed just now. @param seen the case with the difference in it */
export function judgeDifference(seen: Case, facts: CaseFacts): DifferenceVerdict {
  const { apply, settings, nowMs, stopOf } = facts;
  const stop = stopOf(seen.row.table);
  if (!apply && seen.ordered !== null) {
    return later('ERG_5113: another tool writes the target', nowMs + chooseObserveDelayMs(seen, facts));
  }
  if (seen.ordered === null) {
    if (settings.mode === 'observe') {
      return later('ERG_5104: the pipeline only observes', nowMs + chooseObserveDelayMs(seen, facts));
    }
    if (stop !== undefined) {
      return later(`ERG_5103: ${stop}`, nowMs + chooseObserveDelayMs(seen, facts));
    }
  }
  if (seen.isOwnerUnknown) {
    return person('ERG_5111: nothing tells in which partition its changes are, and so which sink writes it', facts);
  }
  if (isLastRelapse(seen.relapses) && seen.ordered === null) {
    return person(`ERG_5106: wrong again after a repair, ${seen.relapses} times`, facts);
  }
  if (seen.attempts >= settings.maxAttempts) {
    return person(`ERG_5102: ${seen.attempts} repairs, and still ${seen.kind}`, facts);
  }
  return seen.kind === 'extra' ? judgeDelete(seen, facts) : repair(nowMs);
}

function judgeDelete({ ordered, extraSinceMs }: Case, facts: CaseFacts): DifferenceVerdict {
  const { nowMs, settings, deletesLeft } = facts;
  if (ordered === 'delete') {
    return repair(nowMs);
  }
  if (ordered === 'repair') {
    return person('ERG_5105: the source has no such row, and the order does not allow to delete', facts);
  }
  const confirmedMs = confirmedAtMs(extraSinceMs ?? nowMs, facts);
  if (nowMs < confirmedMs) {
    return later(null, confirmedMs);
  }
  if (deletesLeft < 1) {
    return person(`ERG_5105: ${settings.deletesPerHour} deletes per hour are used up`, facts);
  }
  return repair(nowMs);
}

function repair(nowMs: number): DifferenceVerdict {
  return { next: 'repair', reason: null, dueMs: nowMs };
}

function later(reason: string | null, dueMs: number): DifferenceVerdict {
  return { next: 'later', reason, dueMs };
}

function person(reason: string, facts: CaseFacts): DifferenceVerdict {
  return { next: 'person', reason, dueMs: facts.nowMs + chooseQuarantineDelayMs(facts) };
}

/** Whether a look that could not be made says nothing about the row, so that it does not count. */
export function isPassing(errorClass: ErrorClass): boolean {
  switch (errorClass) {
    case 'transient':
    case 'unknown':
    case 'schema':
    case 'configuration': // of a side, which a person mends for all rows at once
    case 'fenced':
    case 'expected':
      return true;
    case 'row':
    case 'bug':
      return false;
    default:
      return unreachable(errorClass);
  }
}

/** A case with what was seen of its row by looking at it. */
export function seeDifference(current: Case, difference: Difference, nowMs: number): Case {
  const { kind, columns, sourceDigest, targetDigest } = difference;
  const extraSinceMs = kind === 'extra' ? (current.extraSinceMs ?? nowMs) : null;
  return { ...current, kind, columns, sourceDigest, targetDigest, extraSinceMs, lastSeenMs: nowMs, clearedLooks: 0 };
}

/** What is decided about the difference that is being told. */
export function judgeSeen(context: CaseContext, difference: Difference): DifferenceVerdict {
  return judgeDifference(seeDifference(context.case, difference, context.facts.nowMs), context.facts);
}
