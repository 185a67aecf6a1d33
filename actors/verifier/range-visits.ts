/** Reads unverified ranges again, and the records of canaries, one at a time, as soon as nothing stands in the way of it. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RecordRouter } from '../route/record-router.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { ReadScope } from './build-reader.ts';
import type { CanaryBook } from './canary-book.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import { RangeReading, type Rereading } from './range-reading.ts';
import { RangeVisit } from './range-visit.ts';
import type { SinkView, TargetPlace } from './sink-view.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';

export interface RangeVisitsOptions {
  readonly deps: VerifierDeps;
  readonly ranges: RangeKeeper;
  readonly canaries: Pick<CanaryBook, 'chooseNext' | 'putOff'>;
  readonly sink: SinkView;
  readonly progress: VerifierProgress;
  /** Takes what is in the range, and passes over the rest. */
  readonly buildRouter: (ledger: OffsetLedger, range: ReadScope) => RecordRouter;
  readonly isWanted: () => boolean;
  readonly onProgress: () => void;
  readonly onFailed: (error: unknown) => void;
}

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
    return this.#visit?.ledger === ledger ? this.#visit.reading.kept : undefined;
  }

  routerOf(ledger: OffsetLedger): RecordRouter | undefined {
    return this.#visit?.ledger === ledger ? this.#visit.router : undefined;
  }

  /** Once a second. */
  look(): void {
    const { canaries } = this.#options;
    const visit = this.#visit;
    if (visit === undefined) {
      this.#beginNext();
      return;
    }
    visit.look();
    visit.reading.look(visit.ledger.watermark);
    if (visit.reading.kept !== undefined) {
      canaries.putOff();
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

  /** A canary first: it has to be judged in time, and is one record. */
  #beginNext(): void {
    const { canaries, ranges, deps } = this.#options;
    const canary = canaries.chooseNext();
    const kept = canary === undefined ? this.#chooseRange() : undefined;
    const next = canary ?? (kept && new RangeReading(kept, ranges, deps));
    if (next !== undefined && !this.#isStopped) {
      this.#begin(next);
    }
  }

  #chooseRange(): KeptRange | undefined {
    const { ranges, sink, deps } = this.#options;
    return ranges.chooseNext({
      nowMs: deps.clock.monotonicMs(),
      sinkOffset: sink.offset,
      isReady: (place, offset) => this.#isReadable(place) && sink.findLeftOut(place, offset) === undefined,
    });
  }

  #isReadable({ shard }: TargetPlace): boolean {
    const { shards, gateOf } = this.#options.deps;
    return shards.every(({ name }) => (shard !== '*' && shard !== name) || gateOf?.(name).refusal === undefined);
  }

  #begin(reading: Rereading): void {
    const { deps, buildRouter, isWanted, onProgress, progress } = this.#options;
    const visit = new RangeVisit({
      deps,
      reading,
      buildRouter: (ledger) => buildRouter(ledger, reading.range),
      isWanted,
      onProgress,
      onFailed: (error) => this.#giveUp(visit, error),
    });
    this.#visit = visit;
    reading.begin(visit.ledger, progress);
    this.#leaving
      .then(() => visit.start())
      .then(
        () => this.advance(),
        (error: unknown) => this.#giveUp(visit, error as ReplicationError),
      );
  }

  #end(visit: RangeVisit): void {
    this.#retire(visit);
    this.#visit = undefined;
    visit.reading.end();
  }

  #giveUp(visit: RangeVisit, error: ReplicationError): void {
    if (this.#isStopped || this.#visit !== visit) {
      return;
    }
    this.#visit = undefined;
    this.#retire(visit);
    visit.reading.fail(error, error.code === 'ERG_4001');
    if (error.class === 'bug') {
      this.#options.onFailed(error);
    }
  }

  #retire(visit: RangeVisit | undefined): void {
    this.#leaving = Promise.allSettled([this.#leaving, visit?.stop()]);
  }
}
