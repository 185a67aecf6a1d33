import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import type { DecodeOddities, LaneDetail, ParkedDetail, SinkDetail } from '../../protocol/message/actor-status.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';
import type { SinkSession } from './sink-session.ts';

export interface SinkState {
  readonly progress: SinkProgress;
  /** Undefined until the partition is owned. */
  readonly session: SinkSession | undefined;
  /** Of the partition, when it was last heard. */
  readonly endOffset: bigint;
  /** What is committed as long as there is no session; undefined when nothing was, or when that is not known yet. */
  readonly committedBefore: bigint | undefined;
  /** As long as there is no session: the first offset of which something may be missing at the target. */
  readonly behindFrom: number;
  /** Since when the change stream is away, wall ms: what it holds by now is not known. */
  readonly awayMs: number | undefined;
}

/** A binary log stamps whole seconds: a change happened at most this long after its stamp. */
const STAMP_ROUNDING_MS = 999;

const NO_ODDITIES: DecodeOddities = {
  emptyRecords: 0,
  repeatedColumns: 0,
  refusedCommitTimes: 0,
  controlRecords: 0,
  unknownFields: [],
};

export function describeSink(
  deps: SinkDeps,
  { progress, session, endOffset, awayMs, committedBefore, behindFrom }: SinkState,
): SinkDetail {
  return {
    kind: 'sink',
    topic: deps.settings.source.topic,
    group: deps.group,
    committedOffset: session === undefined ? String(committedBefore ?? '') : String(Math.max(0, session.committed)),
    endOffset: String(endOffset),
    lagRecords: Math.max(0, Number(endOffset) - (session?.watermark ?? behindFrom)),
    lagSeconds: Math.max(
      secondsSince(deps.clock.wallMs(), session?.oldestCommitTimeMs),
      secondsSince(deps.clock.wallMs(), awayMs),
    ),
    queuedChanges: session?.queuedChanges ?? 0,
    queuedBytes: session?.heldBytes ?? 0,
    counts: { ...progress.counts },
    lanes: session?.describeLanes() ?? [],
    parked: session?.describeParked() ?? [],
    oddities: session?.describeOddities() ?? NO_ODDITIES,
    unwrittenColumns: progress.unwritten.list(),
    latency: progress.latency.snapshot(),
  };
}

function secondsSince(wallMs: number, sinceMs: number | undefined): number {
  if (sinceMs === undefined || Number.isNaN(sinceMs)) {
    return 0;
  }
  const roundingMs = sinceMs % 1_000 === 0 ? STAMP_ROUNDING_MS : 0;
  return Math.max(0, wallMs - sinceMs - roundingMs) / 1_000;
}

export function describeBlockedLane(lanes: readonly LaneDetail[]): string | undefined {
  const lane = lanes.find(({ blocked }) => blocked !== undefined);
  return lane === undefined ? undefined : `${lane.shard}: ${lane.blocked}`;
}

export function describeLeftOut([first]: readonly ParkedDetail[]): string | undefined {
  if (first === undefined) {
    return undefined;
  }
  const { shard, table, state, reason } = first;
  return `${table === undefined ? shard : `${shard}.${table}`} is left out (${state}): ${reason}`;
}

export function describeTally(tally: RecordDecoder['tally']): DecodeOddities {
  const { unknownFields, emptyRecords, repeatedColumns, refusedCommitTimes, controlRecords } = tally;
  return { emptyRecords, repeatedColumns, refusedCommitTimes, controlRecords, unknownFields: [...unknownFields] };
}
