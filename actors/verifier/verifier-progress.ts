/** What a verifier has found since its start; read by the status. Of all that was due, each is counted under one outcome. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { VerifierCounts } from '../../protocol/message/verification-status.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';

/** What came of a check, and why nothing did. */
export type WatchFunc = (outcome: Outcome, error: ReplicationError | undefined) => void;

export type Outcome = 'equal' | 'superseded' | 'mismatches' | 'unchecked';

/** Something that settles in the ledger of its reader when its outcome is known. */
export type Check = Pick<RoutedChange, 'ledger' | 'slot' | 'record'>;

/** What was counted as unchecked, and may be counted otherwise later. */
export interface SetAside {
  unchecked: number;
}

type Counters = { -readonly [Name in keyof VerifierCounts]: number };

export class VerifierProgress {
  /** What the router of the verifier counts; of it only the records are told. */
  readonly routed = { records: 0, changes: 0, filtered: 0, repeated: 0, tombstones: 0 };
  readonly #counts: Omit<Counters, 'records'> = {
    due: 0,
    equal: 0,
    superseded: 0,
    mismatches: 0,
    unchecked: 0,
    targetReads: 0,
    sourceReads: 0,
  };
  /** By the ledger of a second reader: what it reads again. */
  readonly #again = new WeakMap<OffsetLedger, SetAside>();
  /** By the ledger of a reader whose checks are not of the stream: nothing of them is counted. */
  readonly #watched = new WeakMap<OffsetLedger, WatchFunc>();
  #open = 0;

  get counts(): VerifierCounts {
    return { records: this.routed.records, ...this.#counts };
  }

  /** Due, and without an outcome. */
  get open(): number {
    return this.#open;
  }

  readAgain(ledger: OffsetLedger, setAside: SetAside): void {
    this.#again.set(ledger, setAside);
  }

  watch(ledger: OffsetLedger, onOutcome: WatchFunc): void {
    this.#watched.set(ledger, onOutcome);
  }

  isWatched({ ledger }: Check): boolean {
    return this.#watched.has(ledger);
  }

  /** All of it was read again; what was counted of it and did not come again is not due. */
  forget(setAside: SetAside): void {
    this.#counts.unchecked -= setAside.unchecked;
    this.#counts.due -= setAside.unchecked;
    setAside.unchecked = 0;
  }

  /** What was counted as unchecked before is not due twice. */
  sawDue({ ledger }: Check): void {
    if (this.#watched.has(ledger)) {
      return;
    }
    const again = this.#again.get(ledger);
    this.#open += 1;
    if (again !== undefined && again.unchecked > 0) {
      again.unchecked -= 1;
      this.#counts.unchecked -= 1;
    } else {
      this.#counts.due += 1;
    }
  }

  sawOutcome(outcome: Outcome, checks: readonly Check[], error?: ReplicationError): void {
    for (const { ledger } of checks) {
      const watch = this.#watched.get(ledger);
      if (watch === undefined) {
        this.#open -= 1;
        this.#counts[outcome] += 1;
      } else {
        watch(outcome, error);
      }
    }
  }

  /** One that is settled has another outcome than was thought. */
  recount(before: Outcome, after: Outcome): void {
    this.#counts[before] -= 1;
    this.#counts[after] += 1;
  }

  sawReads(side: 'target' | 'source', rows: number): void {
    this.#counts[`${side}Reads`] += rows;
  }
}
