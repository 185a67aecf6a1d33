/** A row that differs, until it is known whether it is wrong. Pure. */
import { findCell } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { RowDifference, RowVerdict } from '../row/row-witness.ts';
import type { Candidate } from './chunk.ts';
import type { ProgressMark } from './replication-progress.ts';

export interface Suspect extends Candidate {
  readonly chunk: number;
  /** Of the newest difference; undefined when it was moving, or could not be read. */
  readonly seen: DifferenceShape | undefined;
  /** Partitions that its changes may be in, by what was seen, its owner first; none: nothing tells, so any. */
  readonly partitions: readonly number[];
  /** Taken after it was seen. */
  readonly mark: ProgressMark;
  /** Looks that could not decide, because the row was another one each time. */
  readonly moves: number;
}

/** What of a difference is compared with a later one: without the rows themselves, of which thousands may be kept. */
export type DifferenceShape = Pick<RowDifference, 'mismatch' | 'sourceDigest' | 'targetDigest'>;

/** More than any row needs that rests now and then; one that never does is told of by its changes. */
const MAX_MOVES = 30;

export type Judgement =
  /** Right, or nothing is there on either side. */
  | { readonly kind: 'equal' }
  | { readonly kind: 'mismatch'; readonly difference: RowDifference }
  /** Nothing can be said of it, now or later. */
  | { readonly kind: 'unjudged'; readonly reason: ReplicationError }
  /** As it was seen now; it has to be looked at again, and a new mark passed before. */
  | { readonly kind: 'again'; readonly seen: RowDifference | undefined; readonly moves: number }
  /** Nothing was learned; the same look is due again. */
  | { readonly kind: 'later'; readonly reason: ReplicationError };

/**
 * Whether the row is the same one to the server as a row of the source that is spelled in another way: under that spelling it
 * is a suspect as well, and one row is told of once.
 */
export function isOtherSpelling({ targetKey }: RowName, verdict: RowVerdict): boolean {
  const expected = verdict.kind === 'different' && verdict.mismatch === 'different' ? verdict.expected : null;
  return expected !== null && targetKey.some(([column, text]) => findCell(expected, column) !== text);
}

/** At first sight: whether it is worth a suspicion. */
export function judgeFirst(verdict: RowVerdict): Judgement {
  const judgement = judge({ seen: undefined, moves: 0 }, verdict);
  return judgement.kind === 'later' ? { kind: 'again', seen: undefined, moves: 0 } : judgement;
}

/**
 * A look after the mark had been passed. Both rows are what they were before the mark, so all changes of either have arrived:
 * they are wrong. If one is another row by now, a change of it may be on the way, perhaps in another partition.
 */
export function judge({ seen, moves }: Pick<Suspect, 'seen' | 'moves'>, verdict: RowVerdict): Judgement {
  switch (verdict.kind) {
    case 'equal':
      return { kind: 'equal' };
    case 'unreadable':
      return isFinal(verdict.error)
        ? { kind: 'unjudged', reason: verdict.error }
        : { kind: 'later', reason: verdict.error };
    case 'moving':
      return moved(undefined, moves);
    case 'different':
      return seen !== undefined && isSame(seen, verdict)
        ? { kind: 'mismatch', difference: verdict }
        : moved(verdict, moves);
  }
}

function isSame(left: DifferenceShape, right: DifferenceShape): boolean {
  return (
    left.mismatch === right.mismatch &&
    left.sourceDigest === right.sourceDigest &&
    left.targetDigest === right.targetDigest
  );
}

function moved(seen: RowDifference | undefined, moves: number): Judgement {
  if (moves + 1 > MAX_MOVES) {
    const reason = new ReplicationError('ERG_4102', 'the row was another one at every look');
    return { kind: 'unjudged', reason };
  }
  return { kind: 'again', seen, moves: moves + 1 };
}

/** Will be the same however often it is asked. */
function isFinal({ class: errorClass }: ReplicationError): boolean {
  return errorClass === 'row' || errorClass === 'bug';
}

export interface SeenAt {
  readonly topicEpoch: number;
  readonly partition: number;
  /** The sink's committed offset. */
  readonly offset: bigint;
}

export function buildMismatch({ row }: Suspect, difference: RowDifference, at: SeenAt): Mismatch {
  return {
    row,
    kind: difference.mismatch,
    columns: difference.columns,
    sourceDigest: difference.sourceDigest,
    targetDigest: difference.targetDigest,
    evidence: { topicEpoch: at.topicEpoch, partition: at.partition, offset: String(at.offset), commitTimeMs: null },
    foundBy: 'sweeper',
  };
}
