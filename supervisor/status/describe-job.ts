import type { ActorReport } from '../../protocol/message/node-message.ts';
import type { JobState, JobStatus } from '../../protocol/message/supervisor-status.ts';
import { NO_ADAPTER } from '../../protocol/settings/list-refused-pipelines.ts';
import type { KnownNode } from '../cluster/node-registry.ts';
import type { JobRecord, Place } from '../cluster/place-book.ts';

export interface JobView {
  readonly record: JobRecord;
  /** Where its place is; undefined without a place, or when the node was forgotten. */
  readonly node: KnownNode | undefined;
  /** Why it is not placed anew yet. */
  readonly heldReason: string | undefined;
  /** It never will be, for that reason. */
  readonly isRefused: boolean;
  readonly changesPerSecond: number;
  readonly recentLatencyP99Ms: number;
  readonly nowMs: number;
}

export function describeJob(view: JobView): JobStatus {
  const { record, nowMs } = view;
  const { job, place, report } = record;
  const { state, reason } = judgeState(view);
  const isItsOwn = report !== undefined && state === report.status.state;
  return {
    job,
    state,
    reason,
    sinceMs: isItsOwn ? report.status.sinceMs : record.sinceMs,
    node: place?.node,
    placeEpoch: place?.placeEpoch ?? 0,
    restarts: report?.restarts ?? 0,
    changesPerSecond: view.changesPerSecond,
    recentLatencyP99Ms: view.recentLatencyP99Ms,
    report: report === undefined ? undefined : withoutHistogram(report),
    reportAgeMs: report === undefined ? undefined : Math.round(nowMs - record.reportMs),
  };
}

interface Judgement {
  readonly state: JobState;
  readonly reason: string | undefined;
}

function judgeState(view: JobView): Judgement {
  const { record, node, nowMs } = view;
  const { place, report, quarantine } = record;
  if (quarantine !== undefined) {
    const seconds = Math.max(0, Math.ceil((quarantine.untilMs - nowMs) / 1_000));
    return { state: 'quarantined', reason: `${quarantine.reason} (tried again in ${seconds} s)` };
  }
  if (place === undefined) {
    return judgeWithoutPlace(view);
  }
  if (node === undefined || node.state === 'silent' || node.state === 'dead') {
    const seconds = node === undefined ? '?' : ((nowMs - node.heardMs) / 1_000).toFixed(1);
    return { state: 'unknown', reason: `no heartbeat from ${place.node} for ${seconds} s` };
  }
  if (report === undefined || report.placeEpoch !== place.placeEpoch) {
    return { state: 'placing', reason: describeMove(place) };
  }
  return { state: report.status.state, reason: report.status.reason };
}

function judgeWithoutPlace({ record, heldReason, isRefused }: JobView): Judgement {
  if (isRefused) {
    return { state: 'refused', reason: `${NO_ADAPTER}: ${heldReason ?? ''}` };
  }
  const failures = [...record.failedOn].map(([name, reason]) => `failed on ${name}: ${reason}`).join('; ');
  return { state: 'unplaced', reason: heldReason ?? (failures === '' ? 'waits for a node' : failures) };
}

function describeMove({ from, node }: Place): string | undefined {
  return from === undefined ? undefined : `moves from ${from.node} to ${node}`;
}

/** The histogram is most of a report, and of no use to a reader. */
function withoutHistogram(report: ActorReport): ActorReport {
  const { status } = report;
  if (status.detail.kind !== 'sink') {
    return report;
  }
  const latency = { ...status.detail.latency, counts: {} };
  return { ...report, status: { ...status, detail: { ...status.detail, latency } } };
}
