import { parsePosition, type SourcePosition } from '../../protocol/change/source-position.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { parseNote } from '../stream/parked-scope.ts';
import type { CommittedOffset, OffsetRange } from '../stream/record-stream.ts';

export interface VerifySituation {
  readonly range: OffsetRange;
  readonly startFrom: 'earliest' | 'latest';
  /** What the sink of the partition has committed. */
  readonly sink: CommittedOffset | undefined;
}

export interface VerifyStart {
  readonly offset: bigint;
  /** The newest source position below that offset, if it is known. */
  readonly position: SourcePosition | undefined;
  /** What lies in front of it, and nobody has verified. */
  readonly skipped: SkippedRecords | undefined;
}

export interface SkippedRecords {
  readonly from: bigint;
  readonly to: bigint;
  readonly error: ReplicationError;
}

/**
 * The first offset to verify. What cannot be read any more does not stop a verifier, as it stops a sink, but it is named.
 *
 * @returns undefined as long as that depends on a sink that has committed nothing
 */
export function chooseVerifyStart(
  own: CommittedOffset | undefined,
  situation: VerifySituation,
): VerifyStart | undefined {
  const { earliest, end } = situation.range;
  if (own === undefined) {
    return chooseFirstStart(situation);
  }
  if (own.offset > end) {
    return { offset: earliest, position: undefined, skipped: undefined };
  }
  const position = parsePosition(own.metadata);
  if (own.offset < earliest) {
    const lost = `expected offset ${own.offset} on the broker, which holds ${earliest} to ${end}`;
    return { offset: earliest, position, skipped: skip(own.offset, earliest, new ReplicationError('ERG_4001', lost)) };
  }
  return { offset: own.offset, position, skipped: undefined };
}

function chooseFirstStart({ range, startFrom, sink }: VerifySituation): VerifyStart | undefined {
  const { earliest, end } = range;
  if (startFrom === 'earliest') {
    return { offset: earliest, position: undefined, skipped: undefined };
  }
  if (sink === undefined) {
    return undefined;
  }
  const offset = min(max(sink.offset, earliest), end);
  const error = new ReplicationError('ERG_4002', `verification began at offset ${offset}`);
  return { offset, position: parseNote(sink.metadata).position, skipped: skip(earliest, offset, error) };
}

function skip(from: bigint, below: bigint, error: ReplicationError): SkippedRecords | undefined {
  return from < below ? { from, to: below - 1n, error } : undefined;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
