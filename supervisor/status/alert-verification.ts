import { CANARY_FINDERS } from '../../protocol/message/canary-message.ts';
import type { PipelineVerification } from '../../protocol/message/supervisor-status.ts';
import type { Settings, VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { Alert } from './alert-book.ts';
import { findCanaryDueMs } from './judge-canary.ts';

/** A job that is moved or started again works by then. */
const IDLE_MS = 60_000;
/** A breaker closes, a left-out shard is made up for, and the range is read again by then, when it heals by itself. */
const RANGE_MS = 10 * 60_000;
/** What nobody waits for any more. */
const NEVER_READ = '; nobody reads them again: sweep the tables, then ergate verify give-up';
/** In times of the delay: far behind is what a restart or a full second of records does not explain. */
const FAR_BEHIND_DELAYS = 3;
const FAR_BEHIND_MS = 60_000;

/** What a person should know of the verification; the worst first. */
export function alertVerification(
  verification: readonly PipelineVerification[],
  pipelines: Settings['pipelines'],
  wallMs: number,
): Alert[] {
  return verification.flatMap((one) => [
    ...ofStops(one),
    ...ofCanary(one, pipelines[one.pipeline]?.verification, wallMs),
    ...ofCases(one, wallMs),
    ...ofIdle(one, wallMs),
    ...ofRanges(one, wallMs),
    ...ofLag(one, pipelines[one.pipeline]?.verification?.delay ?? 0),
  ]);
}

function ofStops({ pipeline, stopped }: PipelineVerification): Alert[] {
  return stopped.map(({ table, reason }) => ({
    code: 'ERG_6024',
    about: `${pipeline} ${table}`,
    message: `nothing of ${pipeline} ${table} is repaired by itself any more: ${reason}`,
  }));
}

/** For each finder apart. One that is unknown because nobody works for it has another alert. */
function ofCanary(
  { pipeline, canary }: PipelineVerification,
  verification: VerificationSettings | undefined,
  wallMs: number,
): Alert[] {
  if (canary === undefined || verification === undefined) {
    return [];
  }
  const isDue = wallMs > (findCanaryDueMs(verification, canary) ?? Number.POSITIVE_INFINITY);
  return CANARY_FINDERS.flatMap((finder): Alert[] => {
    const { state, reason } = canary.by[finder];
    const told = [canary.reason, reason].find((one) => one !== undefined);
    const why = told === undefined ? '' : `: ${told}`;
    const about = `${pipeline} ${finder}`;
    if (state === 'failing') {
      const message = `the ${finder} of ${pipeline} does not find what is wrong: ${reason ?? 'no reason is known'}`;
      return [{ code: 'ERG_4107', about, message }];
    }
    const message = `nothing proves now that the ${finder} of ${pipeline} finds what is wrong${why}`;
    return state === 'unknown' && isDue ? [{ code: 'ERG_4108', about, message }] : [];
  });
}

function ofCases({ pipeline, openCases, oldestCaseMs = 0 }: PipelineVerification, wallMs: number): Alert[] {
  const states = Object.entries(openCases);
  const open = states.reduce((sum, [, count]) => sum + count, 0);
  if (open === 0) {
    return [];
  }
  const listed = states.map(([state, count]) => `${count} ${state}`).join(', ');
  const minutes = Math.max(0, Math.floor((wallMs - oldestCaseMs) / 60_000));
  const message = `${pipeline} has ${open} open ${open === 1 ? 'case' : 'cases'} (${listed}), the oldest ${minutes} min old`;
  return [{ code: 'ERG_6021', about: pipeline, message }];
}

function ofIdle({ pipeline, idle }: PipelineVerification, wallMs: number): Alert[] {
  const long = idle.filter(({ sinceMs }) => wallMs - sinceMs >= IDLE_MS);
  const [first] = long;
  if (first === undefined) {
    return [];
  }
  const more = long.length === 1 ? '' : ` and ${long.length - 1} more`;
  const message = `${pipeline} is not verified as its settings say: ${first.job}${more}: ${first.reason}`;
  return [{ code: 'ERG_6025', about: pipeline, message }];
}

function ofRanges({ pipeline, partitions }: PipelineVerification, wallMs: number): Alert[] {
  return partitions.flatMap(({ partition, unverified }) =>
    unverified
      .filter(({ sinceMs, isReadable }) => isReadable === false || wallMs - sinceMs >= RANGE_MS)
      .map(({ shard, fromOffset, toOffset, reason, isReadable }) => ({
        code: 'ERG_6022' as const,
        about: `${pipeline}.${partition} ${shard} ${fromOffset}`,
        message: `${pipeline} partition ${partition}: offsets ${fromOffset} to ${toOffset} of ${shard} are not verified: ${reason}${isReadable === false ? NEVER_READ : ''}`,
      })),
  );
}

function ofLag({ pipeline, partitions }: PipelineVerification, delayMs: number): Alert[] {
  const limitSeconds = (FAR_BEHIND_DELAYS * delayMs + FAR_BEHIND_MS) / 1_000;
  const worst = Math.max(0, ...partitions.map(({ lagSeconds = 0 }) => lagSeconds));
  if (worst <= limitSeconds) {
    return [];
  }
  const message = `${pipeline} is verified ${Math.round(worst)} s behind, of which ${delayMs / 1_000} s are its delay`;
  return [{ code: 'ERG_6023', about: pipeline, message }];
}
