/** What verifiers, recovery actors and sweepers tell of themselves. Counters run since the actor's start. */
import type { CanaryFinder } from './canary-message.ts';

export interface VerifierDetail {
  readonly kind: 'verifier';
  readonly topic: string;
  readonly group: string;
  /** Everything below is verified, superseded, or in an unverified range; decimal text, '' before the start. */
  readonly verifiedOffset: string;
  /** What the sink had committed when the verifier asked last; '' when that is not known, or there is no sink. */
  readonly sinkOffset: string;
  readonly endOffset: string;
  /** Now minus the commit time of the oldest change that is not verified; 0 when all are. */
  readonly lagSeconds: number;
  readonly counts: VerifierCounts;
  /** Rows that differ and are being proved. */
  readonly suspects: number;
  /** What nobody comes back to first, then the oldest; the first 50. */
  readonly unverified: readonly UnverifiedDetail[];
  /** How many there are; undefined: an older version tells of all, up to 50. */
  readonly unverifiedRanges?: number | undefined;
  /** Unverified ranges that a person has given up; undefined: an older version does not tell. */
  readonly givenUp?: number | undefined;
  /** Rows that the source, or a look-up, was asked for in vain, each time; undefined: an older version does not tell. */
  readonly unanswered?: number | undefined;
}

export interface VerifierCounts {
  readonly records: number;
  /** Row changes that were due, each once: the sum of those below and of the suspects. Without what an earlier verifier has left. */
  readonly due: number;
  readonly equal: number;
  /** A newer change of the row is, or will be, verified instead. */
  readonly superseded: number;
  readonly mismatches: number;
  /** Neither: in an unverified range, or refused by the sink (a finding of its own). */
  readonly unchecked: number;
  readonly targetReads: number;
  readonly sourceReads: number;
}

export const NO_VERIFIER_COUNTS: VerifierCounts = {
  records: 0,
  due: 0,
  equal: 0,
  superseded: 0,
  mismatches: 0,
  unchecked: 0,
  targetReads: 0,
  sourceReads: 0,
};

/** Changes of a shard that could not be verified, to come back to. */
export interface UnverifiedDetail {
  /** '*': every shard. */
  readonly shard: string;
  /** At the target; undefined: every table. */
  readonly table?: string | undefined;
  readonly fromOffset: string;
  /** The last one. */
  readonly toOffset: string;
  /** Error code and sentence. */
  readonly reason: string;
  readonly sinceMs: number;
  /** False: no verifier comes back to it. */
  readonly isReadable?: boolean | undefined;
}

export interface RecoveryDetail {
  readonly kind: 'recovery';
  readonly mode: 'observe' | 'repair';
  /** Open cases by state. */
  readonly cases: Readonly<Record<string, number>>;
  readonly oldestCaseMs: number | undefined;
  readonly counts: RecoveryCounts;
  /** Tables whose automatic repair is stopped, with the reason. */
  readonly stopped: readonly { readonly table: string; readonly reason: string; readonly sinceMs: number }[];
}

export interface RecoveryCounts {
  readonly reported: number;
  readonly checked: number;
  readonly repaired: number;
  readonly closed: number;
  readonly quarantined: number;
  readonly relapsed: number;
}

export interface SweeperDetail {
  readonly kind: 'sweeper';
  /** Under way; undefined between sweeps. */
  readonly table: string | undefined;
  readonly epoch: number;
  readonly rowsCompared: number;
  readonly chunksCompared: number;
  readonly mismatches: number;
  /** Tables that were compared whole, with when and what came of it. */
  readonly tables: readonly SweptTable[];
  /** Undefined: no rows are reserved for them. */
  readonly canary?: CanaryDetail | undefined;
}

/** Damage on purpose, and whether it was found. Wall ms, by the clock of the state database. */
export interface CanaryDetail {
  readonly table: string;
  /** When somebody began to keep them here. */
  readonly sinceMs: number;
  /** Each has to find what is damaged. Undefined: of an older sweeper. */
  readonly by?: Readonly<Record<CanaryFinder, CanaryEnds>> | undefined;
  /** The one that is out: what was done to it, and how far it is. */
  readonly out?: string | undefined;
  /** Error code and sentence of what keeps it from being planted or repaired. */
  readonly reason?: string | undefined;
}

/** How the canaries of one finder ended. */
export interface CanaryEnds {
  /** Of the newest that was found, and of the newest that was not; undefined: never. */
  readonly foundMs?: number | undefined;
  readonly missedMs?: number | undefined;
  /** Error code and sentence of why the newest was not found, or could not be judged. */
  readonly reason?: string | undefined;
}

export interface SweptTable {
  readonly table: string;
  readonly epoch: number;
  readonly endedMs: number;
  readonly rows: number;
  readonly mismatches: number;
  /** The newest sweep in which no row was wrong and none could not be judged; undefined when there was none lately. */
  readonly cleanEpoch?: number | undefined;
}
