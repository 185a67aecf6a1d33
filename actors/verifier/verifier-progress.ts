/**
 * What a verifier has found since its start; read by the status. Each change that it reads behind the committed offset is due
 * once and has one outcome, however often its range is read again: only what was set aside is counted anew then. A range that
 * an earlier verifier has left is counted nowhere.
 */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { VerifierCounts } from '../../protocol/message/verification-status.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { Claim, CountedChange, SetAside } from './set-aside.ts';

/** What came of a check, and why nothing did. */
export type WatchFunc = (outcome: Outcome, error: ReplicationError | undefined) => void;

export type Outcome = 'equal' | 'superseded' | 'mismatches' | 'unchecked';

/** Something that settles in the ledger of its reader when its outcome is known. */
export type Check = Pick<RoutedChange, 'ledger' | 'slot' | 'record'> &
  Partial<Pick<RoutedChange, 'payloadIndex' | 'key'>> &
  Pick<CountedChange, 'removed'>;

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
  /** Of checks of such a reader. */
  readonly #claims = new WeakMap<Check, Claim>();
  /** By the ledger of a reader whose checks are not of the stream: nothing of them is counted. */
  readonly #watched = new WeakMap<OffsetLedger, WatchFunc>();
  #open = 0;
  #unanswered = 0;

  get counts(): VerifierCounts {
    return { records: this.routed.records, ...this.#counts };
  }

  /** Due, and without an outcome. */
  get open(): number {
    return this.#open;
  }

  /** Rows that were asked for in vain. */
  get unanswered(): number {
    return this.#unanswered;
  }

  readAgain(ledger: OffsetLedger, aside: SetAside): void {
    aside.begin();
    this.#again.set(ledger, aside);
  }

  watch(ledger: OffsetLedger, onOutcome: WatchFunc): void {
    this.#watched.set(ledger, onOutcome);
  }

  isWatched({ ledger }: Check): boolean {
    return this.#watched.has(ledger);
  }

  /** All of it was read again; what was counted of it and did not come again is not due. */
  forget(aside: SetAside): void {
    const left = aside.clear();
    this.#counts.unchecked -= left;
    this.#counts.due -= left;
  }

  sawDue(check: Check): void {
    const claim = this.#claim(check);
    if (claim === undefined || claim === 'counted') {
      return;
    }
    this.#open += 1;
    if (claim === 'aside') {
      this.#counts.unchecked -= 1;
    } else {
      this.#counts.due += 1;
    }
  }

  sawOutcome(outcome: Outcome, checks: readonly Check[], error?: ReplicationError): void {
    for (const check of checks) {
      const claim = this.#claim(check);
      if (claim === undefined) {
        this.#watched.get(check.ledger)?.(outcome, error);
      } else if (claim !== 'counted') {
        this.#open -= 1;
        this.#counts[outcome] += 1;
      } else if (outcome === 'unchecked') {
        this.#again.get(check.ledger)?.doubt(undefined);
      }
    }
  }

  /** They are unchecked until the range is read again. @param checks that nobody watches */
  setAside(checks: readonly Check[], into: SetAside): void {
    for (const check of checks) {
      if (this.#claim(check) === 'counted') {
        this.#again.get(check.ledger)?.doubt(into);
      } else {
        this.#open -= 1;
        this.#counts.unchecked += 1;
        into.add(nameChange(check));
      }
    }
  }

  /** Those that are counted under the outcome that they get. */
  listCounted(checks: readonly Check[]): readonly CountedChange[] {
    return checks.filter((check) => !['counted', undefined].includes(this.#claim(check))).map(nameChange);
  }

  /** They were thought to be superseded, and are unchecked until the range is read again. */
  miss(changes: readonly CountedChange[], into: SetAside): void {
    this.#counts.superseded -= changes.length;
    this.#counts.unchecked += changes.length;
    for (const change of changes) {
      into.add(change);
    }
  }

  sawReads(side: 'target' | 'source', rows: number): void {
    this.#counts[`${side}Reads`] += rows;
  }

  sawUnanswered(rows: number): void {
    this.#unanswered += rows;
  }

  /** How it is counted; undefined: not at all, somebody watches it. */
  #claim(check: Check): Claim | 'first' | undefined {
    const { ledger } = check;
    if (this.#watched.has(ledger)) {
      return undefined;
    }
    const aside = this.#again.get(ledger);
    if (aside === undefined) {
      return 'first';
    }
    const claim = this.#claims.get(check) ?? aside.claim(nameChange(check));
    this.#claims.set(check, claim);
    return claim;
  }
}

function nameChange({ record, payloadIndex, key, removed }: Check): CountedChange {
  return {
    offset: Number(record.offset),
    ...(payloadIndex === undefined ? {} : { payloadIndex }),
    ...(key === undefined ? {} : { key }),
    removed,
  };
}
