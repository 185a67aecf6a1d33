import { compareSeq } from '../../protocol/change/sequence.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { ShardChange } from '../target/target-shard.ts';

/** superseded: a newer change of the row is, or will be, verified instead · different: a second look has to tell */
export type FirstLook = 'equal' | 'superseded' | 'different';

export interface FoundRow {
  /** Of the row, decimal text; null where nobody noted one, or where the table has no column for it. */
  readonly version: string | null;
  /** Of a table that orders its changes by nothing else, wall ms; NaN otherwise. */
  readonly commitTimeMs: number;
}

export interface FirstLookMeans {
  /** Behind the newest change that can have been written: a version from here on comes from nowhere. */
  readonly endSeq: string;
  /** Wall: a commit time behind it comes from nowhere. */
  readonly nowMs: number;
  /** The row holds what the change wrote. Not asked unless it decides. */
  readonly isAsWritten: () => boolean;
}

/** What the row at the target tells of a change that its sink has committed. @param found undefined: no row */
export function judgeFirstLook(
  { image, seq, commitTime }: Pick<ShardChange, 'image' | 'seq' | 'commitTime'>,
  found: FoundRow | undefined,
  { endSeq, nowMs, isAsWritten }: FirstLookMeans,
): FirstLook {
  if (found === undefined) {
    return image === null ? 'equal' : 'different';
  }
  const { version, commitTimeMs } = found;
  if (version !== null && version !== seq) {
    return compareSeq(version, seq) > 0 && compareSeq(version, endSeq) < 0 ? 'superseded' : 'different';
  }
  if (commitTime !== null && commitTimeMs <= nowMs && commitTimeMs > parseUtc(commitTime)) {
    return 'superseded';
  }
  return image !== null && isAsWritten() ? 'equal' : 'different';
}
