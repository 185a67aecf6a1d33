import type { CanaryVerdict } from '../../protocol/message/supervisor-status.ts';
import type { CanaryDetail } from '../../protocol/message/verification-status.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import { type CanarySettings, findWithinMs } from '../../protocol/verify/reserved-row.ts';

/** Of the time from one canary to the next: one may be late, not two. */
const TIMES = 2;

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
  if (detail === undefined) {
    return { state: 'unknown' };
  }
  const { table: _, ...told } = detail;
  const { foundMs, missedMs = 0 } = told;
  if (missedMs > (foundMs ?? 0)) {
    return { ...told, state: 'failing', foundAgeMs: ageOf(foundMs, wallMs) };
  }
  const isRecent = wallMs - (foundMs ?? 0) <= staleMs(verification, canary);
  return { ...told, state: isRecent ? 'ok' : 'unknown', foundAgeMs: ageOf(foundMs, wallMs) };
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

function ageOf(foundMs: number | undefined, wallMs: number): number | undefined {
  return foundMs === undefined ? undefined : Math.max(0, wallMs - foundMs);
}
