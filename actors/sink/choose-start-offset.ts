import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CommittedOffset, OffsetRange } from '../stream/record-stream.ts';

export interface StartSituation {
  /** The target says that a sink of this pipeline and partition has committed a position before. */
  readonly ranBefore: boolean;
  readonly range: OffsetRange;
  readonly startFrom: 'earliest' | 'latest';
}

/**
 * The first offset to read. @throws ReplicationError ERG_1201 when a partition that ran before has lost its place, or the
 * place is not on the broker: which records to miss is a person's decision.
 */
export function chooseStartOffset(
  committed: CommittedOffset | undefined,
  { ranBefore, range, startFrom }: StartSituation,
): bigint {
  if (committed === undefined) {
    if (ranBefore) {
      throw new ReplicationError(
        'ERG_1201',
        `expected a committed offset, since the partition ran before; the broker holds ${range.earliest} to ${range.end}`,
      );
    }
    return startFrom === 'earliest' ? range.earliest : range.end;
  }
  if (committed.offset < range.earliest || committed.offset > range.end) {
    throw new ReplicationError(
      'ERG_1201',
      `expected offset ${committed.offset} on the broker, which holds ${range.earliest} to ${range.end}`,
    );
  }
  return committed.offset;
}
