/**
 * The working parts of a sink that owns its partition, wired together: intake → router → lanes → ledger → commit, with the
 * look-ups and the findings beside them. Lives from the start position until the actor ends.
 */
import { buildDecoder } from '../../protocol/change/decode/build-decoder.ts';
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import type { DecodeOddities, LaneDetail, ParkedDetail } from '../../protocol/message/actor-status.ts';
import { buildLookups, type Lookups } from '../route/build-lookups.ts';
import { buildRouter } from '../route/build-router.ts';
import { buildTargetColumns } from '../route/column-forms.ts';
import type { WaitingRecord } from '../route/lookup-queue.ts';
import type { RecordRouter } from '../route/record-router.ts';
import { Intake } from '../stream/intake.ts';
import { IntakeGate } from '../stream/intake-gate.ts';
import { OffsetCommitter } from '../stream/offset-committer.ts';
import { OffsetLedger } from '../stream/offset-ledger.ts';
import { formatNote } from '../stream/parked-scope.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import { describeBlockedLane, describeLeftOut, describeTally } from './describe-sink.ts';
import { EntrySettler } from './entry-settler.ts';
import { FindingWriter } from './finding-writer.ts';
import { LaneSet } from './lane-set.ts';
import { OvertakenRows } from './overtaken-rows.ts';
import type { Parking } from './parking.ts';
import type { RepairDesk } from './repair-desk.ts';
import type { SinkSessionOptions } from './sink-session-options.ts';
import { wireParking } from './wire-parking.ts';
import { wireRepairs } from './wire-repairs.ts';

export class SinkSession {
  readonly #options: SinkSessionOptions;
  readonly #decoder: RecordDecoder;
  readonly #ledger: OffsetLedger;
  readonly #committer: OffsetCommitter;
  readonly #gate: IntakeGate;
  readonly #intake: Intake;
  readonly #lanes: LaneSet;
  readonly #lookups: Lookups;
  readonly #findings: FindingWriter;
  readonly #router: RecordRouter;
  readonly #settler: EntrySettler;
  readonly #parking: Parking;
  readonly #overtaken: OvertakenRows;
  readonly #desk: RepairDesk | undefined;
  readonly #listening: readonly (Disposable | undefined)[];
  readonly #whenIdle = new Set<() => void>();

  constructor(options: SinkSessionOptions) {
    const { deps, catalogs, start, position, stream, onFailed } = options;
    const { settings, clock } = deps;
    this.#options = options;
    this.#decoder = buildDecoder(settings.source, buildTargetColumns(settings, catalogs));
    this.#ledger = new OffsetLedger(Number(start), position);
    this.#gate = new IntakeGate({ maxBytes: settings.maxQueuedBytes, maxGap: settings.maxOffsetGap }, stream);
    this.#committer = new OffsetCommitter(
      {
        clock,
        readWatermark: () => ({ offset: this.#ledger.watermark, metadata: this.#metadata() }),
        commit: (offset, metadata) => stream.commit(offset, metadata),
        onFailed,
      },
      options.committed ? Number(start) : -1,
      options.note,
    );
    this.#overtaken = new OvertakenRows(clock, (entries) => options.progress.sawPassed(entries));
    this.#findings = new FindingWriter({ ...deps, store: deps.findings });
    this.#lanes = this.#buildLanes();
    this.#lookups = buildLookups(deps, {
      onFound: (record, answers) => {
        this.#routerOf(record)?.routeFound(record, answers);
        this.#afterSettling();
      },
      onGivenUp: (record, error) => this.#routerOf(record)?.refuseWaiting(record, error),
      onFailed,
    });
    this.#settler = new EntrySettler({
      deps,
      progress: options.progress,
      findings: this.#findings,
      isWritten: (shard, table) => this.#parking.reachOf(shard, table) === 'own',
      push: (placed, laneHash) => this.#lanes.push(placed, laneHash),
      onSettled: () => this.#afterSettling(),
      onRoom: () => this.#intake.wake(),
    });
    this.#parking = wireParking({
      ...options,
      ledger: this.#ledger,
      lanes: this.#lanes,
      settler: this.#settler,
      lookups: this.#lookups,
      passOver: (placed) => this.#overtaken.passOver(placed),
      isPressed: () => this.#gate.isPaused,
      onChanged: () => {
        this.#committer.touch();
        this.#intake.wake();
      },
      onFenced: onFailed,
    });
    this.#desk = wireRepairs({
      ...options,
      ledger: this.#ledger,
      lanes: this.#lanes,
      isWritten: (shard, table) => this.#parking.reachOf(shard, table) === 'own',
      overtaken: this.#overtaken,
      readCommitTime: () => this.#router.lastCommitTime,
      onPassed: (entries) => this.#settler.passed(entries),
      onFenced: onFailed,
    });
    this.#listening = deps.shards.flatMap(({ name }, shard) => [
      deps.gateOf?.(name).onOpen(() => this.#reopened(shard)),
      options.catalogs[shard]?.onRefused((table, error) => this.#parking.leaveOut(shard, table, error)),
    ]);
    this.#router = this.#buildRouter();
    this.#intake = new Intake({
      route: (record, arrivedMs) => this.#router.route(record, arrivedMs),
      isWanted: () =>
        !this.#parking.holdsIntake && this.#lanes.isHungry((shard) => !this.#parking.isDropped(shard, null)),
      onSlice: () => this.#afterSettling(),
      onFailed,
      clock,
    });
  }

  /** The first offset whose changes are not all at the target. */
  get watermark(): number {
    return Math.min(this.#ledger.watermark, ...this.#parking.scopes.map(({ from }) => from));
  }

  /** The offset behind the newest record that was taken to the lanes. */
  get next(): bigint {
    return BigInt(this.#next);
  }

  get committed(): number {
    return this.#committer.committed;
  }

  get heldBytes(): number {
    return this.#ledger.heldBytes + this.#intake.waitingBytes;
  }

  get queuedChanges(): number {
    return this.#lanes.queued;
  }

  /** Of what is not at the target, wall ms; NaN when all is, or when it is unknown. */
  get oldestCommitTimeMs(): number {
    const times = [this.#ledger.oldestCommitTimeMs, ...this.#parking.scopes.map(({ commitTimeMs }) => commitTimeMs)];
    const known = times.filter((ms) => !Number.isNaN(ms));
    return known.length === 0 ? Number.NaN : Math.min(...known);
  }

  /** Undefined: nothing is repaired here. */
  get desk(): RepairDesk | undefined {
    return this.#desk;
  }

  get #next(): number {
    return this.#ledger.watermark + this.#ledger.gap;
  }

  describeOddities(): DecodeOddities {
    return describeTally(this.#decoder.tally);
  }

  describeLanes(): readonly LaneDetail[] {
    return this.#lanes.describe();
  }

  describeParked(): readonly ParkedDetail[] {
    return this.#parking.describe();
  }

  /** Once a second: leaves out what cannot be written, and tries what was left out. */
  look(): void {
    this.#parking.look();
    this.#overtaken.forget(this.#ledger);
  }

  /** What it waits for, if anything: one sentence with its code. */
  findBlockage(): string | undefined {
    const queue = [...this.#lookups.queues.values()].find(({ blocked }) => blocked !== undefined);
    return (
      describeBlockedLane(this.describeLanes()) ??
      queue?.blocked ??
      this.#findings.blocked ??
      describeLeftOut(this.describeParked())
    );
  }

  take(records: readonly StreamRecord[]): void {
    this.#intake.take(records);
    this.#gate.update(this.heldBytes, this.#ledger.gap);
  }

  /** The start position is safe: what is taken may be written. */
  open(): void {
    this.#committer.touch(); // what is left out from the start is to be noted
    this.#intake.open();
  }

  /** @throws ReplicationError when the start position could not be committed */
  async commitStart(): Promise<boolean> {
    return this.#committer.flush();
  }

  /** Takes nothing more; resolves when everything taken is settled and committed. */
  async finish(): Promise<void> {
    this.#gate.close();
    this.#desk?.stop();
    await this.#parking.stop();
    this.#intake.wake();
    while (!this.#intake.isEmpty || this.#ledger.openRecords > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle.add(resolve);
      });
    }
    await this.#committer.flush();
  }

  async stop(): Promise<void> {
    this.#intake.stop();
    this.#desk?.stop();
    for (const one of this.#listening) {
      one?.[Symbol.dispose]();
    }
    await this.#parking.stop();
    this.#committer.stop();
    this.#findings.stop();
    await Promise.allSettled([this.#lanes.stop(), ...[...this.#lookups.queues.values()].map((queue) => queue.stop())]);
  }

  #metadata(): string {
    return formatNote({ position: this.#ledger.watermarkPosition, parked: this.#parking.scopes });
  }

  #buildRouter(): RecordRouter {
    return buildRouter({
      ...this.#options,
      decoder: this.#decoder,
      ledger: this.#ledger,
      lookups: this.#lookups,
      teachesLookups: true,
      passOver: (placed) => this.#overtaken.passOver(placed),
      takesAll: () => this.#parking.isEmpty,
      reachOf: (shard, { shards }) => this.#parking.reachOf(shard, shards[shard]?.targetTable ?? ''),
      push: (placed, laneHash) => this.#lanes.push(placed, laneHash),
      refuse: (refusal) => this.#settler.refuse(refusal, [{ ledger: this.#ledger, slot: refusal.slot }]),
    });
  }

  /** Of the reader whose record waited for a look-up; undefined when that has been given up. */
  #routerOf({ context }: WaitingRecord): RecordRouter | undefined {
    return context.ledger === this.#ledger ? this.#router : this.#parking.routerOf(context.ledger);
  }

  #reopened(shard: number): void {
    this.#lanes.hurry(shard);
    this.#parking.hurry(shard);
  }

  #buildLanes(): LaneSet {
    const { deps, owner, progress, catalogs, onFailed } = this.#options;
    return new LaneSet({
      deps,
      owner,
      catalogs,
      unwritten: progress.unwritten,
      onWritten: (entries, rows) => this.#settler.written(entries, rows),
      onRefused: (entry, all, error) => this.#settler.refuseEntry(entry, all, error),
      onDropped: (entries) => this.#settler.dropped(entries),
      isLeftOut: (shard, table) => this.#parking.isDropped(shard, table),
      onEnvironment: (shard, table, error) => this.#parking.leaveOut(shard, table, error),
      onRetry: () => {
        progress.counts.retries += 1;
      },
      onFenced: onFailed,
    });
  }

  #afterSettling(): void {
    this.#intake.wake();
    this.#gate.update(this.heldBytes, this.#ledger.gap);
    if (!this.#parking.isEmpty) {
      this.#parking.advance();
      this.#committer.touch();
    } else if (this.#ledger.watermark > this.#committer.committed) {
      this.#committer.touch();
    }
    if (this.#whenIdle.size > 0 && this.#ledger.openRecords === 0) {
      for (const wake of this.#whenIdle) {
        wake();
      }
      this.#whenIdle.clear();
    }
  }
}
