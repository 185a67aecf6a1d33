import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import type { RangeKeeper } from './range-keeper.ts';
import type { SinkView } from './sink-view.ts';
import type { StreamEnd } from './stream-end.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';
import type { VerifierSession } from './verifier-session.ts';

export interface VerifierState {
  readonly progress: VerifierProgress;
  readonly sink: SinkView;
  readonly end: StreamEnd;
  readonly ranges: RangeKeeper;
  /** Undefined until the partition is owned. */
  readonly session: VerifierSession | undefined;
}

export function describeVerifier(
  { settings, group, clock }: VerifierDeps,
  { progress, sink, end, ranges, session }: VerifierState,
): VerifierDetail {
  const oldestMs = session?.oldestTimeMs ?? Number.NaN;
  return {
    kind: 'verifier',
    topic: settings.source.topic,
    group,
    verifiedOffset: session === undefined ? '' : String(session.watermark),
    sinkOffset: sink.isThere && sink.offset >= 0 ? String(sink.offset) : '',
    endOffset: String(end.offset),
    lagSeconds: Number.isNaN(oldestMs) ? 0 : Math.max(0, clock.wallMs() - oldestMs) / 1_000,
    counts: progress.counts,
    suspects: progress.open,
    unverified: ranges.describe(),
    unverifiedRanges: ranges.count,
    givenUp: ranges.givenUp,
    unanswered: progress.unanswered,
  };
}
