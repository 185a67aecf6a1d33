import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { ReadScope } from './build-reader.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';

/** What is read a second time, and who has to hear what came of it. */
export interface Rereading {
  readonly range: ReadScope & { readonly from: number; readonly to: number };
  /** Undefined: the record of a canary. */
  readonly kept: KeptRange | undefined;
  begin(ledger: OffsetLedger, progress: VerifierProgress): void;
  /** Once a second. @param watermark all below it has its outcome */
  look(watermark: number): void;
  /** All of it was read, and has its outcome. */
  end(): void;
  /** @param isGone its records are not there any more */
  fail(error: ReplicationError, isGone: boolean): void;
}

/** What is read again needs not be read a third time after a restart. */
const SHORTEN_OFFSETS = 1_000;

/** An unverified range that is read again. */
export class RangeReading implements Rereading {
  readonly kept: KeptRange;
  readonly #deps: Pick<VerifierDeps, 'logger'>;
  readonly #ranges: RangeKeeper;
  #progress: VerifierProgress | undefined;

  constructor(kept: KeptRange, ranges: RangeKeeper, deps: Pick<VerifierDeps, 'logger'>) {
    this.kept = kept;
    this.#ranges = ranges;
    this.#deps = deps;
  }

  /** As it is now: it becomes shorter while it is read. */
  get range(): KeptRange['range'] {
    return this.kept.range;
  }

  begin(ledger: OffsetLedger, progress: VerifierProgress): void {
    this.kept.isBeingRead = true;
    this.#progress = progress;
    progress.readAgain(ledger, this.kept.aside);
    const { from, to } = this.range;
    this.#deps.logger.event('verifier.range.reading', { ...this.#place, from, to });
  }

  look(watermark: number): void {
    if (watermark - this.range.from >= SHORTEN_OFFSETS) {
      this.#ranges.shorten(this.kept, watermark);
    }
  }

  end(): void {
    const { from, to } = this.range;
    this.#progress?.forget(this.kept.aside);
    this.#ranges.remove(this.kept);
    this.#deps.logger.event('verifier.range.verified', { ...this.#place, from, to });
  }

  fail(error: ReplicationError, isGone: boolean): void {
    this.#ranges.postpone(this.kept, error, isGone);
    this.#deps.logger.event('verifier.range.unread', { ...this.#place, reason: error.message });
  }

  get #place() {
    const { shard, table } = this.range;
    return { shard, table: table ?? undefined };
  }
}
