import { compareSeq } from '../../protocol/change/sequence.ts';
import type { RowDifference, RowVerdict } from '../row/row-witness.ts';

/**
 * mismatch: nothing is on its way that could mend it · again: it differs in another way than before, or has been written
 * since, and has to be proved anew · superseded: a newer change of the row will be verified instead
 */
export type ProofOutcome = 'equal' | 'superseded' | 'mismatch' | 'again' | 'unreadable';

export interface ProofMeans {
  /** As the row was seen before everything that was then on its way had arrived. */
  readonly seen: Pick<RowDifference, 'sourceDigest' | 'targetDigest'>;
  /** Version of the row at the target as it is now; null where there is none. */
  readonly version: string | null;
  /** Everything below it had arrived before this look. */
  readonly provedSeq: string;
  /** Behind the newest change that can have been written by now. */
  readonly endSeq: string;
  /** Proofs before this one that had to be made again. */
  readonly rounds: number;
}

/** A row that somebody keeps writing wrongly is reported all the same. */
const MOST_ROUNDS = 3;

/** What a look at a suspect tells, after all that was on its way at the last look has arrived. */
export function judgeSecondLook(verdict: RowVerdict, means: ProofMeans): ProofOutcome {
  switch (verdict.kind) {
    case 'equal':
    case 'unreadable':
      return verdict.kind;
    case 'moving':
      return 'superseded';
    case 'different':
      return judgeDifference(verdict, means);
  }
}

function judgeDifference({ sourceDigest, targetDigest }: RowDifference, means: ProofMeans): ProofOutcome {
  const { seen, version, provedSeq, endSeq, rounds } = means;
  if (sourceDigest !== seen.sourceDigest) {
    return 'superseded';
  }
  // Its version tells so, which may be that of another row's change: then nobody else would look at it.
  const isWrittenSince = version !== null && compareSeq(version, provedSeq) >= 0 && compareSeq(version, endSeq) < 0;
  if (isWrittenSince) {
    return rounds >= MOST_ROUNDS ? 'superseded' : 'again';
  }
  return targetDigest === seen.targetDigest || rounds >= MOST_ROUNDS ? 'mismatch' : 'again';
}
