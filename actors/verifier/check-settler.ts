/** What becomes of a check: counted under its outcome, and settled in the ledger of the reader that it belongs to. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SetAside } from './set-aside.ts';
import type { Check, Outcome, VerifierProgress } from './verifier-progress.ts';

export class CheckSettler {
  readonly #progress: VerifierProgress;
  readonly #onSettled: () => void;

  /** @param onSettled after each call that settled something */
  constructor(progress: VerifierProgress, onSettled: () => void) {
    this.#progress = progress;
    this.#onSettled = onSettled;
  }

  /** They were due, and this is what came of them. */
  close(checks: readonly Check[], outcome: Outcome): void {
    this.open(checks);
    this.finish(checks, outcome);
  }

  /** They were due, and what comes of them is told later. */
  open(checks: readonly Check[]): void {
    for (const check of checks) {
      this.#progress.sawDue(check);
    }
  }

  /** @param error why nothing came of them */
  finish(checks: readonly Check[], outcome: Outcome, error?: ReplicationError): void {
    this.#progress.sawOutcome(outcome, checks, error);
    this.release(checks);
  }

  /** They settle when their range is stored. */
  setAside(checks: readonly Check[], into: SetAside): void {
    this.#progress.setAside(checks, into);
  }

  /** Their outcome was counted before, or they have none. */
  release(checks: readonly Check[]): void {
    for (const { ledger, slot } of checks) {
      ledger.settle(slot);
    }
    if (checks.length > 0) {
      this.#onSettled();
    }
  }
}
