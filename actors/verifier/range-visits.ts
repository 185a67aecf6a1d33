/** Reads unverified ranges again, one at a time, as soon as nothing stands in the way of it any more. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RecordRouter } from '../route/record-router.ts';
import type { UnverifiedRange } from '../state/unverified-range.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import { RangeVisit } from './range-visit.ts';
import type { SinkView, TargetPlace } from './sink-view.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';

export interface RangeVisitsOptions {
  readonly deps: VerifierDeps;
  readonly ranges: RangeKeeper;
  readonly sink: SinkView;
  readonly progress: VerifierProgress;
  /** Takes what is in the range, and passes over the rest. */
  readonly buildRouter: (ledger: OffsetLedger, range: UnverifiedRange) => RecordRouter;
  readonly isWanted: () => boolean;
  readonly onProgress: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** What is read again needs not be read a third time after a restart. */
const SHORTEN_OFFSETS = 1_000;

export class RangeVisits {
  readonly #options: RangeVisitsOptions;
  #visit: RangeVisit | undefined;
  /** Two of one verifier would contend for the partition. */
  #leaving: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(options: RangeVisitsOptions) {
    this.#options = options;
  }

  /** The range that is read with the ledger. */
  rangeOf(ledger: OffsetLedger): KeptRange | undefined {
    return this.#visit?.ledger === ledger ? this.#visit.kept : undefined;
  }

  routerOf(ledger: OffsetLedger): RecordRouter | undefined {
    return this.#visit?.ledger === ledger ? this.#visit.router : undefined;
  }

  /** Once a second. */
  look(): void {
    const { ranges, sink, deps } = this.#options;
    const visit = this.#visit;
    if (visit !== undefined) {
      visit.look();
      if (visit.ledger.watermark - visit.kept.range.from >= SHORTEN_OFFSETS) {
        ranges.shorten(visit.kept, visit.ledger.watermark);
      }
      return;
    }
    const next = ranges.chooseNext({
      nowMs: deps.clock.monotonicMs(),
      sinkOffset: sink.offset,
      isReady: (place, offset) => this.#isReadable(place) && sink.findLeftOut(place, offset) === undefined,
    });
    if (next !== undefined && !this.#isStopped) {
      this.#begin(next);
    }
  }

  /** Something is settled, or there is room for more. */
  advance(): void {
    this.#visit?.afterSettling();
    if (this.#visit?.isDone === true) {
      this.#end(this.#visit);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retire(this.#visit);
    await this.#leaving;
  }

  #isReadable({ shard }: TargetPlace): boolean {
    const { shards, gateOf } = this.#options.deps;
    return shards.every(({ name }) => (shard !== '*' && shard !== name) || gateOf?.(name).refusal === undefined);
  }

  #begin(kept: KeptRange): void {
    const { deps, buildRouter, isWanted, onProgress, progress } = this.#options;
    const { shard, table, from, to } = kept.range;
    kept.isBeingRead = true;
    const visit = new RangeVisit({
      deps,
      kept,
      buildRouter: (ledger) => buildRouter(ledger, kept.range),
      isWanted,
      onProgress,
      onFailed: (error) => this.#giveUp(visit, error),
    });
    this.#visit = visit;
    progress.readAgain(visit.ledger, kept);
    deps.logger.event('verifier.range.reading', { shard, table: table ?? undefined, from, to });
    this.#leaving
      .then(() => visit.start())
      .then(
        () => this.advance(),
        (error: unknown) => this.#giveUp(visit, error as ReplicationError),
      );
  }

  #end(visit: RangeVisit): void {
    const { ranges, progress, deps } = this.#options;
    const { shard, table, from, to } = visit.kept.range;
    this.#retire(visit);
    this.#visit = undefined;
    progress.forget(visit.kept);
    ranges.remove(visit.kept);
    deps.logger.event('verifier.range.verified', { shard, table: table ?? undefined, from, to });
  }

  #giveUp(visit: RangeVisit, error: ReplicationError): void {
    const { ranges, deps, onFailed } = this.#options;
    if (this.#isStopped || this.#visit !== visit) {
      return;
    }
    this.#visit = undefined;
    this.#retire(visit);
    ranges.postpone(visit.kept, error, error.code === 'ERG_4001');
    const { shard, table } = visit.kept.range;
    deps.logger.event('verifier.range.unread', { shard, table: table ?? undefined, reason: error.message });
    if (error.class === 'bug') {
      onFailed(error);
    }
  }

  #retire(visit: RangeVisit | undefined): void {
    this.#leaving = Promise.allSettled([this.#leaving, visit?.stop()]);
  }
}
