/** The way of a placed change from the router to its outcome: looks, proofs, reports, and what cannot be verified. */
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { CheckSettler } from './check-settler.ts';
import { FirstLooker } from './first-look.ts';
import { type HasTakenFunc, NewerRows } from './newer-rows.ts';
import { Prover } from './prover.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import { Reporter } from './reporter.ts';
import { RowChecker } from './row-checker.ts';
import type { SinkView } from './sink-view.ts';
import type { SourceSilence } from './source-silence.ts';
import { SourceTables } from './source-tables.ts';
import type { StreamEnd } from './stream-end.ts';
import { Unverified } from './unverified.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { VerifierProgress } from './verifier-progress.ts';

export interface CheckingOptions {
  readonly deps: VerifierDeps;
  readonly verification: VerificationSettings;
  readonly idPrefix: string;
  readonly catalogs: readonly ShardCatalog[];
  readonly progress: VerifierProgress;
  readonly ranges: RangeKeeper;
  readonly sink: SinkView;
  readonly end: StreamEnd;
  readonly settler: CheckSettler;
  readonly silence: SourceSilence;
  readonly rangeOf: (ledger: OffsetLedger) => KeptRange | undefined;
  readonly hasTaken: HasTakenFunc;
  readonly hasRead: HasTakenFunc;
  /** Changes below this offset are due. */
  readonly dueBelow: () => number;
  /** More is about to be pushed, and `pump` called then. */
  readonly isMoreComing: () => boolean;
  /** Something is settled, or there is room for more. */
  readonly onRoom: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** Rows that wait for a reading, in readings: enough to keep all of them busy. */
const MOST_QUEUED_READS = 4;
/** Rows that are suspects, or wait for recovery or for the state database; no more are looked at then. */
const MOST_SUSPECTS = 10_000;
/** Rows that were changed again between their change and the first look at it, in all shards. */
const MOST_NEWER = 100_000;
/** Of those, rows that are kept as they were read, in all shards: about 1 KB each. */
const MOST_KEPT = 10_000;

export class Checking {
  readonly unverified: Unverified;
  readonly #options: CheckingOptions;
  readonly #checkers: readonly RowChecker[];
  /** By shard. */
  readonly #newer: readonly NewerRows[];
  readonly #prover: Prover;
  readonly #reporter: Reporter;

  constructor(options: CheckingOptions) {
    const { deps, verification, ranges, sink, end, settler, progress, silence, rangeOf, onFailed } = options;
    const { settings, witness, clock, random } = deps;
    const sources = new SourceTables(deps);
    this.#options = options;
    this.#reporter = new Reporter({
      ...deps,
      idPrefix: options.idPrefix,
      isOfCanary: (check) => progress.isWatched(check),
      onStored: (rows) => {
        for (const { checks, outcome } of rows) {
          settler.finish(checks, outcome);
        }
        this.pump();
      },
      onFailed,
    });
    this.unverified = new Unverified({
      deps,
      whenOpen: verification.whenOpen,
      ranges,
      sources,
      sink,
      settler,
      progress,
      silence,
      rangeOf,
      report: (rows) => this.#reporter.add(rows),
      onFailed,
    });
    this.#prover = new Prover({
      partition: deps.partition,
      topicEpoch: settings.source.topicEpoch,
      settings,
      delayMs: verification.delay,
      rowsPerRead: verification.rowsPerRead,
      witness,
      marks: deps.marks,
      sink,
      end,
      settler,
      progress,
      silence,
      onProved: (rows) => this.#reporter.add(rows),
      onRoom: () => this.pump(),
      onUnread: ({ row, change, checks }, error) =>
        this.unverified.takeOpen({ shard: row.shard, table: change.table.name }, error, checks),
      onFailed,
      clock,
      random,
    });
    const perShard = (most: number) => Math.ceil(most / options.catalogs.length);
    this.#newer = options.catalogs.map(() => new NewerRows(perShard(MOST_NEWER), perShard(MOST_KEPT)));
    this.#checkers = options.catalogs.map((catalog, shard) => this.#buildChecker(catalog, sources, shard));
  }

  /** More changes may be pushed. */
  get isHungry(): boolean {
    const { rowsPerRead } = this.#options.verification;
    const queued = this.#checkers.reduce((sum, { queuedRows }) => sum + queuedRows, 0);
    return this.#hasRoom && queued < MOST_QUEUED_READS * rowsPerRead;
  }

  get isIdle(): boolean {
    return this.#checkers.every(({ isIdle }) => isIdle) && this.#rowsBehind === 0;
  }

  get blocked(): string | undefined {
    return this.#reporter.blocked ?? this.#prover.blocked ?? this.unverified.refusals.blocked;
  }

  get #hasRoom(): boolean {
    return this.#rowsBehind < MOST_SUSPECTS;
  }

  /** Suspects, reports, and changes that could not be routed. */
  get #rowsBehind(): number {
    return this.#prover.rows + this.#reporter.queuedRows + this.unverified.refusals.rows;
  }

  push(placed: PlacedEntry): void {
    if (this.unverified.takeLeftOut(placed)) {
      this.#newer[placed.shard]?.saw(placed.entry);
    } else {
      this.#checkers[placed.shard]?.push(placed);
    }
  }

  /** Once a second. @param below what the verifier itself has taken */
  lookForMissed(below: number): void {
    for (const [shard, newer] of this.#newer.entries()) {
      const { name = '' } = this.#options.catalogs[shard]?.shard ?? {};
      this.unverified.takeMissed(name, newer.takeMissed(this.#options.hasTaken, below));
    }
  }

  /** What was pushed begins. */
  pump(): void {
    for (const checker of this.#checkers) {
      checker.pump();
    }
    this.#options.onRoom();
  }

  async stop(): Promise<void> {
    await Promise.allSettled([
      ...this.#checkers.map((checker) => checker.stop()),
      this.#prover.stop(),
      this.#reporter.stop(),
      this.unverified.refusals.stop(),
    ]);
  }

  #buildChecker(catalog: ShardCatalog, sources: SourceTables, index: number): RowChecker {
    const { deps, verification, progress, settler, hasRead, isMoreComing, onRoom, onFailed } = this.#options;
    const shard = catalog.shard.name;
    return new RowChecker({
      shard,
      rowsPerRead: verification.rowsPerRead,
      concurrency: verification.concurrency,
      looker: new FirstLooker({ ...this.#options, catalog }),
      newer: this.#newer[index] ?? new NewerRows(0),
      hasRead,
      witness: deps.witness,
      sources,
      settler,
      progress,
      isMoreComing,
      mayProve: () => this.#hasRoom,
      onSuspect: (suspect) => this.#prover.add(suspect),
      onUnread: (rows, error) => this.unverified.takeUnread(shard, rows, error),
      onUntold: (rows, error) => this.unverified.takeUntold(shard, rows, error),
      onRoom,
      onFailed,
      clock: deps.clock,
    });
  }
}
