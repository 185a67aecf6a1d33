import { JOB_KINDS } from '../../protocol/message/job.ts';
import type { ActorReport, NodeHeartbeat } from '../../protocol/message/node-message.ts';

/** Far above what a node can run; what is longer is not from a node of ours. */
const MAX_ACTORS = 10_000;

/**
 * A heartbeat as it came over NATS, checked as far as decisions depend on it.
 *
 * @returns undefined when it cannot be one
 */
export function readHeartbeat(body: unknown): NodeHeartbeat | undefined {
  return isHeartbeat(body) ? { ...body, actors: body.actors.filter(isKnown) } : undefined;
}

/** Of a node of a newer version there may be actors that this one knows nothing of: it leaves them alone. */
function isKnown({ job, status }: ActorReport): boolean {
  return JOB_KINDS.includes(job.kind) && status.detail.kind === job.kind;
}

function isHeartbeat(body: unknown): body is NodeHeartbeat {
  if (typeof body !== 'object' || body === null) {
    return false;
  }
  const heartbeat = body as Partial<Record<keyof NodeHeartbeat, unknown>>; // every field is looked at below
  return (
    isName(heartbeat.node) &&
    isName(heartbeat.boot) &&
    isCount(heartbeat.maxEpoch) &&
    isCount(heartbeat.startedMs) &&
    typeof heartbeat.draining === 'boolean' &&
    Array.isArray(heartbeat.actors) &&
    heartbeat.actors.length <= MAX_ACTORS &&
    heartbeat.actors.every(isReport)
  );
}

function isReport(value: unknown): value is ActorReport {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { job, placeEpoch, status, givenUp } = value as Partial<Record<keyof ActorReport, unknown>>; // as above
  return isJob(job) && isCount(placeEpoch) && isStatus(status) && typeof givenUp === 'boolean';
}

function isJob(value: unknown): boolean {
  const job = value as { kind?: unknown; name?: unknown } | null | undefined; // looked at here
  return isName(job?.name) && typeof job?.kind === 'string';
}

function isStatus(value: unknown): boolean {
  const status = value as { state?: unknown; detail?: { kind?: unknown } | null } | null | undefined; // looked at here
  return typeof status?.state === 'string' && typeof status.detail?.kind === 'string';
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 200;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
