import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';
import type { SinkSession } from './sink-session.ts';

export interface SinkState {
  readonly progress: SinkProgress;
  /** Undefined until the partition is owned. */
  readonly session: SinkSession | undefined;
  /** Of the partition, when it was last heard. */
  readonly endOffset: bigint;
}

/** A binary log stamps whole seconds: a change happened at most this long after its stamp. */
const STAMP_ROUNDING_MS = 999;

export function describeSink(deps: SinkDeps, { progress, session, endOffset }: SinkState): SinkDetail {
  return {
    kind: 'sink',
    topic: deps.settings.source.topic,
    group: deps.group,
    committedOffset: session === undefined ? '' : String(Math.max(0, session.committed)),
    endOffset: String(endOffset),
    lagRecords: session === undefined ? 0 : Math.max(0, Number(endOffset) - session.watermark),
    lagSeconds: lagSeconds(deps.clock.wallMs(), session?.oldestCommitTimeMs ?? Number.NaN),
    queuedChanges: session?.queuedChanges ?? 0,
    queuedBytes: session?.heldBytes ?? 0,
    counts: { ...progress.counts },
    lanes: session?.describeLanes() ?? [],
    unwrittenColumns: progress.unwritten.list(),
    latency: progress.latency.snapshot(),
  };
}

function lagSeconds(wallMs: number, commitTimeMs: number): number {
  if (Number.isNaN(commitTimeMs)) {
    return 0;
  }
  const roundingMs = commitTimeMs % 1_000 === 0 ? STAMP_ROUNDING_MS : 0;
  return Math.max(0, wallMs - commitTimeMs - roundingMs) / 1_000;
}
