/**
 * The working parts of a verifier that owns its partition, wired together: intake → router → checking → ledger → commit, with
 * the unverified ranges beside them. Lives from the start position until the actor ends.
 *
 * Records wait in the intake, as bytes, until they are old enough and the sink has committed them; so what is held does not
 * grow with the delay, nor with a sink that stands still.
 */
import { formatPosition, type SourcePosition } from '../../protocol/change/source-position.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import { buildLookups, type Lookups } from '../route/build-lookups.ts';
import type { WaitingRecord } from '../route/lookup-queue.ts';
import type { RecordRouter } from '../route/record-router.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import { Intake } from '../stream/intake.ts';
import { IntakeGate } from '../stream/intake-gate.ts';
import { OffsetCommitter } from '../stream/offset-committer.ts';
import { OffsetLedger } from '../stream/offset-ledger.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import { buildReader, type ReadScope } from './build-reader.ts';
import { CanaryBook } from './canary-book.ts';
import { CheckSettler } from './check-settler.ts';
import { Checking } from './checking.ts';
import { DueTimes } from './due-times.ts';
import type { RangeKeeper } from './range-keeper.ts';
import { RangeVisits } from './range-visits.ts';
import type { SinkView } from './sink-view.ts';
import { SourceSilence } from './source-silence.ts';
import type { StreamEnd } from './stream-end.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { Check, VerifierProgress } from './verifier-progress.ts';

export interface VerifierSessionOptions {
  readonly deps: VerifierDeps;
  readonly verification: VerificationSettings;
  readonly idPrefix: string;
  readonly catalogs: readonly ShardCatalog[];
  readonly progress: VerifierProgress;
  readonly ranges: RangeKeeper;
  readonly sink: SinkView;
  readonly end: StreamEnd;
  readonly stream: { pause(): void; resume(): void; commit(offset: bigint, metadata: string): Promise<void> };
  readonly start: bigint;
  readonly position: SourcePosition | undefined;
  /** The start is what the group has committed. */
  readonly isCommitted: boolean;
  /** The verifier must end. */
  readonly onFailed: (error: unknown) => void;
}

/** Shortest time between two questions to Kafka about the sink when its progress is what is waited for. */
const ASK_SINK_MS = 250;

export class VerifierSession {
  readonly #options: VerifierSessionOptions;
  readonly #ledger: OffsetLedger;
  readonly #committer: OffsetCommitter;
  readonly #gate: IntakeGate;
  readonly #due: DueTimes;
  readonly #intake: Intake;
  readonly #lookups: Lookups;
  readonly #settler: CheckSettler;
  readonly #checking: Checking;
  readonly #canaries: CanaryBook;
  readonly #visits: RangeVisits;
  readonly #router: RecordRouter;
  readonly #whenIdle = new Set<() => void>();
  /** Records from this offset on wait. */
  #limit = 0;
  #cancelDue: (() => void) | undefined;
  #cancelAsk: (() => void) | undefined;
  #isStopped = false;

  constructor(options: VerifierSessionOptions) {
    const { deps, verification, progress, start, position, stream, onFailed } = options;
    const { settings, clock } = deps;
    this.#options = options;
    this.#ledger = new OffsetLedger(Number(start), position);
    this.#gate = new IntakeGate({ maxBytes: settings.maxQueuedBytes, maxGap: settings.maxOffsetGap }, stream);
    this.#due = new DueTimes(verification.delay, Number(start));
    this.#committer = new OffsetCommitter(
      {
        clock,
        readWatermark: () => ({ offset: this.#ledger.watermark, metadata: this.#metadata() }),
        commit: (offset, metadata) => stream.commit(offset, metadata),
        onFailed,
      },
      options.isCommitted ? Number(start) : -1,
      options.isCommitted ? this.#metadata() : '',
    );
    const silence = new SourceSilence({ ...deps, progress });
    this.#settler = new CheckSettler(progress, () => this.#afterSettling());
    this.#lookups = buildLookups(deps, {
      onFound: (record, answers) => {
        this.#routerOf(record)?.routeFound(record, answers);
        this.#checking.pump();
      },
      onGivenUp: (record, error) => this.#routerOf(record)?.refuseWaiting(record, error),
      onUnanswered: (error, records) => silence.saw(error, records),
      onFailed,
    });
    this.#checking = new Checking({
      ...options,
      settler: this.#settler,
      silence,
      rangeOf: (ledger) => this.#visits.rangeOf(ledger),
      hasTaken: (ledger, offset) => this.#readerOf(ledger, offset).watermark > offset,
      hasRead: (ledger, offset) => this.#readerOf(ledger, offset).end > offset,
      dueBelow: () => Math.max(this.#limit, options.sink.settledBelow),
      isMoreComing: () => this.#intake.hasMore && this.#isWanted(),
      onRoom: () => this.#afterSettling(),
    });
    this.#canaries = new CanaryBook({
      ...options,
      watermark: () => this.watermark,
      findBlockage: () => this.findBlockage(),
    });
    this.#visits = new RangeVisits({
      ...options,
      canaries: this.#canaries,
      buildRouter: (ledger, range) => this.#buildRouter(ledger, undefined, range),
      isWanted: () => this.#isWanted(),
      onProgress: () => this.#checking.pump(),
    });
    this.#router = this.#buildRouter(this.#ledger, position, undefined);
    this.#intake = new Intake({
      route: (record, arrivedMs) => this.#router.route(record, arrivedMs),
      isWanted: () => this.#isWanted(),
      limit: () => this.#limit,
      onSlice: () => this.#checking.pump(),
      onFailed,
      clock,
    });
  }

  /** Everything below it is verified, superseded, refused by the sink, or in an unverified range. */
  get watermark(): number {
    return this.#ledger.watermark;
  }

  get committed(): number {
    return this.#committer.committed;
  }

  /** Of what is not verified, wall ms; NaN when all is, or when it is unknown. */
  get oldestTimeMs(): number {
    const opened = this.#ledger.oldestCommitTimeMs;
    return Number.isNaN(opened) ? this.#due.oldestTimeMs : opened;
  }

  /** What it waits for, if anything: one sentence with its code. */
  findBlockage(): string | undefined {
    const queue = [...this.#lookups.queues.values()].find(({ blocked }) => blocked !== undefined);
    const { sink, ranges } = this.#options;
    return sink.trouble ?? ranges.blocked ?? this.#checking.blocked ?? queue?.blocked;
  }

  take(records: readonly StreamRecord[]): void {
    this.#due.add(records, this.#options.deps.clock.wallMs());
    this.#intake.take(records);
    this.advance();
  }

  /** The start position is safe. */
  open(): void {
    this.#intake.open();
    this.#canaries.open();
    this.advance();
  }

  /** @throws ReplicationError when the start position could not be committed */
  async commitStart(): Promise<boolean> {
    return this.#committer.flush();
  }

  /** What was noted as unverified is stored. */
  saved(checks: readonly Check[]): void {
    this.#settler.release(checks);
  }

  /** Once a second. */
  look(): void {
    this.#visits.look();
    this.#checking.lookForMissed(this.#ledger.watermark);
  }

  /** More is due, or the sink has committed more. */
  advance(): void {
    if (this.#isStopped) {
      return;
    }
    const { deps, sink } = this.#options;
    const dueBelow = this.#due.dueBelow(deps.clock.wallMs());
    this.#limit = Math.min(dueBelow, sink.offset);
    this.#wakeWhenDue();
    if (dueBelow > sink.offset && !this.#intake.isEmpty) {
      this.#askSink();
    }
    this.#afterSettling();
  }

  /** Takes nothing more; resolves when everything taken has its outcome, and is committed. */
  async finish(): Promise<void> {
    this.#gate.close();
    this.#intake.stop();
    await this.#visits.stop();
    this.#checking.pump(); // nothing more is coming now
    while (!this.#checking.isIdle) {
      await new Promise<void>((resolve) => {
        this.#whenIdle.add(resolve);
      });
    }
    this.#checking.lookForMissed(this.#ledger.watermark);
    await this.#options.ranges.flush();
    await this.#committer.flush();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#canaries[Symbol.dispose]();
    this.#cancelDue?.();
    this.#cancelAsk?.();
    this.#intake.stop();
    this.#committer.stop();
    await Promise.allSettled([
      this.#visits.stop(),
      this.#checking.stop(),
      ...[...this.#lookups.queues.values()].map((queue) => queue.stop()),
    ]);
  }

  /** What is in a range that is read again comes with it; all else has come, or comes, with the first reading. */
  #readerOf(ledger: OffsetLedger, offset: number): OffsetLedger {
    const range = this.#visits.rangeOf(ledger)?.range;
    return range !== undefined && offset <= range.to ? ledger : this.#ledger;
  }

  #metadata(): string {
    const position = this.#ledger.watermarkPosition;
    return position === undefined ? '' : formatPosition(position);
  }

  #isWanted(): boolean {
    return this.#checking.isHungry && ![...this.#lookups.queues.values()].some(({ isFull }) => isFull);
  }

  #buildRouter(ledger: OffsetLedger, position: SourcePosition | undefined, range: ReadScope | undefined): RecordRouter {
    const { routed } = this.#options.progress;
    return buildReader({
      ...this.#options,
      lookups: this.#lookups,
      checking: this.#checking,
      ledger,
      position,
      range,
      counts: range === undefined ? routed : { ...routed },
      passOver: (checks) => this.#settler.release(checks),
    });
  }

  /** Of the reader whose record waited for a look-up; undefined when it reads no more. */
  #routerOf({ context }: WaitingRecord): RecordRouter | undefined {
    return context.ledger === this.#ledger ? this.#router : this.#visits.routerOf(context.ledger);
  }

  #wakeWhenDue(): void {
    const { clock } = this.#options.deps;
    const nextMs = this.#due.nextMs;
    if (nextMs !== undefined && this.#cancelDue === undefined) {
      this.#cancelDue = clock.after(Math.max(1, nextMs - clock.wallMs()), () => {
        this.#cancelDue = undefined;
        this.advance();
      });
    }
  }

  /** The look once a second would do; this is for who waits. */
  #askSink(): void {
    const { deps, sink } = this.#options;
    this.#cancelAsk ??= deps.clock.after(ASK_SINK_MS, () => {
      void sink.refresh().then(() => {
        this.#cancelAsk = undefined;
        this.advance();
      });
    });
  }

  #afterSettling(): void {
    if (this.#isStopped) {
      return;
    }
    const { waitingBytes, waitingRecords } = this.#intake;
    this.#intake.wake();
    this.#due.taken(this.#ledger.end);
    this.#gate.update(this.#ledger.heldBytes + waitingBytes, this.#ledger.gap + waitingRecords);
    this.#visits.advance();
    if (this.#ledger.watermark > this.#committer.committed) {
      this.#committer.touch();
    }
    if (this.#whenIdle.size > 0 && this.#checking.isIdle) {
      for (const wake of this.#whenIdle) {
        wake();
      }
      this.#whenIdle.clear();
    }
  }
}
