import { CANARY_FINDERS, type CanaryFinder } from '../../protocol/message/canary-message.ts';
import { CANARY_VERDICTS, type CanaryVerdict, type FinderVerdict } from '../../protocol/message/supervisor-status.ts';
import type { CanaryDetail, CanaryEnds } from '../../protocol/message/verification-status.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import { type CanarySettings, findWithinMs } from '../../protocol/verify/reserved-row.ts';

/** Of the time from one canary to the next: two may be late, or not to be judged. */
const TIMES = 3;

/** @param detail of the sweeper; undefined when it was not heard @returns undefined where no rows are reserved */
export function judgeCanary(
  verification: VerificationSettings | undefined,
  detail: CanaryDetail | undefined,
  wallMs: number,
): CanaryVerdict | undefined {
  const canary = verification?.canary;
  if (verification === undefined || canary === undefined) {
    return undefined;
  }
  const judge = (finder: CanaryFinder): FinderVerdict =>
    judgeFinder(detail?.by?.[finder] ?? {}, wallMs, staleMs(verification, canary));
  const by = { sweeper: judge('sweeper'), verifier: judge('verifier') };
  const state =
    CANARY_VERDICTS.findLast((one) => CANARY_FINDERS.some((finder) => by[finder].state === one)) ?? 'unknown';
  const { sinceMs, out, reason } = detail ?? {};
  return { state, by, sinceMs, out, reason };
}

function judgeFinder(ends: CanaryEnds, wallMs: number, stale: number): FinderVerdict {
  const { foundMs, missedMs = 0 } = ends;
  const foundAgeMs = foundMs === undefined ? undefined : Math.max(0, wallMs - foundMs);
  if (missedMs > (foundMs ?? 0)) {
    return { ...ends, state: 'failing', foundAgeMs };
  }
  return { ...ends, state: foundAgeMs !== undefined && foundAgeMs <= stale ? 'ok' : 'unknown', foundAgeMs };
}

/** When one that is unknown should have been ok. @returns wall ms; undefined when its keeper was not heard */
export function findCanaryDueMs(verification: VerificationSettings, verdict: CanaryVerdict): number | undefined {
  const { canary } = verification;
  const { sinceMs } = verdict;
  return canary === undefined || sinceMs === undefined ? undefined : sinceMs + staleMs(verification, canary);
}

function staleMs(verification: VerificationSettings, canary: CanarySettings): number {
  return TIMES * Math.max(canary.every, findWithinMs(verification, canary));
}
