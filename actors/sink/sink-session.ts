/**
 * The working parts of a sink that owns its partition, wired together: intake → router → lanes → ledger → commit, with the
 * finders and the findings beside them. Lives from the start position until the actor ends.
 */
import { buildDecoder } from '../../protocol/change/decode/build-decoder.ts';
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import { buildSeqEncoder } from '../../protocol/change/sequence.ts';
import { formatPosition, type SourcePosition } from '../../protocol/change/source-position.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { DecodeOddities, LaneDetail } from '../../protocol/message/actor-status.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import type { FenceOwner } from '../target/target-shard.ts';
import { buildFinding, type Refusal } from './build-finding.ts';
import { buildShardMap, buildTableRoutes } from './build-routes.ts';
import { FindingWriter } from './finding-writer.ts';
import { Intake } from './intake.ts';
import { IntakeGate } from './intake-gate.ts';
import type { LaneEntry } from './lane-entry.ts';
import { LaneSet } from './lane-set.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { OffsetLedger } from './offset-ledger.ts';
import { PlaceFinder } from './place-finder.ts';
import { hashRecordKey } from './record-context.ts';
import { RecordRouter } from './record-router.ts';
import type { ShardCatalog } from './shard-catalog.ts';
import { ShardKeyFinder } from './shard-key-finder.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';

export interface SinkSessionOptions {
  readonly deps: SinkDeps;
  readonly owner: FenceOwner;
  readonly catalogs: readonly ShardCatalog[];
  readonly progress: SinkProgress;
  readonly stream: {
    pause(): void;
    resume(): void;
    commit(offset: bigint, metadata: string): Promise<void>;
  };
  readonly start: bigint;
  readonly committed: boolean;
  readonly position: SourcePosition | undefined;
  /** The sink must end. */
  readonly onFailed: (error: unknown) => void;
}

export class SinkSession {
  readonly #options: SinkSessionOptions;
  readonly #decoder: RecordDecoder;
  readonly #ledger: OffsetLedger;
  readonly #committer: OffsetCommitter;
  readonly #gate: IntakeGate;
  readonly #intake: Intake;
  readonly #lanes: LaneSet;
  readonly #finders: ReadonlyMap<string, ShardKeyFinder>;
  readonly #findings: FindingWriter;
  readonly #whenIdle = new Set<() => void>();

  constructor(options: SinkSessionOptions) {
    const { deps, start, position, stream, onFailed } = options;
    const { settings, clock } = deps;
    this.#options = options;
    this.#decoder = buildDecoder(settings.source);
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
    );
    this.#findings = new FindingWriter({ ...deps, store: deps.findings });
    this.#lanes = this.#buildLanes();
    this.#finders = new Map(listResolvers(deps).map((resolver) => [resolver, this.#buildFinder(resolver)]));
    const router = this.#buildRouter();
    this.#onFound = (record, find) => {
      router.routeFound(record, find);
      this.#afterSettling();
    };
    this.#intake = new Intake({
      route: (record, arrivedMs) => router.route(record, arrivedMs),
      isWanted: () => this.#lanes.isHungry,
      onSlice: () => this.#afterSettling(),
      onFailed,
      clock,
    });
  }

  #onFound: ConstructorParameters<typeof ShardKeyFinder>[0]['onFound'];

  get watermark(): number {
    return this.#ledger.watermark;
  }

  /** The offset behind the newest record that was taken to the lanes. */
  get next(): bigint {
    return BigInt(this.#ledger.watermark + this.#ledger.gap);
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

  get oldestCommitTimeMs(): number {
    return this.#ledger.oldestCommitTimeMs;
  }

  describeOddities(): DecodeOddities {
    const { unknownFields, emptyRecords, repeatedColumns, refusedCommitTimes, controlRecords } = this.#decoder.tally;
    return { emptyRecords, repeatedColumns, refusedCommitTimes, controlRecords, unknownFields: [...unknownFields] };
  }

  describeLanes(): readonly LaneDetail[] {
    return this.#lanes.describe();
  }

  /** What it waits for, if anything: one sentence with its code. */
  findBlockage(): string | undefined {
    const lane = this.describeLanes().find(({ blocked }) => blocked !== undefined);
    if (lane !== undefined) {
      return `${lane.shard}: ${lane.blocked}`;
    }
    const finder = [...this.#finders.values()].find(({ blocked }) => blocked !== undefined);
    return finder?.blocked ?? this.#findings.blocked;
  }

  take(records: readonly StreamRecord[]): void {
    this.#intake.take(records);
    this.#gate.update(this.heldBytes, this.#ledger.gap);
  }

  /** The start position is safe: what is taken may be written. */
  open(): void {
    this.#intake.open();
  }

  /** @throws ReplicationError when the start position could not be committed */
  async commitStart(): Promise<boolean> {
    return this.#committer.flush();
  }

  /** Takes nothing more; resolves when everything taken is settled and committed. */
  async finish(): Promise<void> {
    this.#gate.close();
    while (!this.#intake.isEmpty || this.#ledger.openRecords > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle.add(resolve);
      });
    }
    await this.#committer.flush();
  }

  async stop(): Promise<void> {
    this.#intake.stop();
    this.#committer.stop();
    this.#findings.stop();
    await Promise.allSettled([this.#lanes.stop(), ...[...this.#finders.values()].map((finder) => finder.stop())]);
  }

  #metadata(): string {
    const position = this.#ledger.watermarkPosition;
    return position === undefined ? '' : formatPosition(position);
  }

  #buildRouter(): RecordRouter {
    const { deps, catalogs, progress, position } = this.#options;
    const { settings, logger } = deps;
    return new RecordRouter(
      {
        decoder: this.#decoder,
        tables: buildTableRoutes(settings, catalogs, progress.unwritten),
        places: new PlaceFinder(buildShardMap(settings, catalogs.length)),
        encodeSeq: buildSeqEncoder(settings.source.topicEpoch),
        ledger: this.#ledger,
        progress,
        finders: this.#finders,
        push: (placed, laneHash) => this.#lanes.push(placed, laneHash),
        refuse: (refusal) => this.#refuse(refusal, [refusal.slot]),
        logger,
      },
      position,
    );
  }

  #buildFinder(resolver: string): ShardKeyFinder {
    const { deps, onFailed } = this.#options;
    return new ShardKeyFinder({
      ...deps,
      lookup: deps.openLookup(resolver),
      onFound: (record, find) => this.#onFound(record, find),
      onFailed,
    });
  }

  #buildLanes(): LaneSet {
    const { deps, owner, progress, catalogs, onFailed } = this.#options;
    return new LaneSet({
      deps,
      owner,
      catalogs,
      unwritten: progress.unwritten,
      onWritten: (entries, rows) => this.#settleWritten(entries, rows),
      onRefused: (entry, all, error) => this.#refuseEntry(entry, all, error),
      onRetry: () => {
        progress.counts.retries += 1;
      },
      onFenced: onFailed,
    });
  }

  #settleWritten(entries: readonly LaneEntry[], rows: number): void {
    const { deps, progress } = this.#options;
    progress.sawWritten(entries, rows, deps.clock.wallMs());
    for (const { slot, followers, record } of entries) {
      for (const follower of followers ?? []) {
        this.#lanes.push(follower, hashRecordKey(record.key));
      }
      this.#ledger.settle(slot);
    }
    this.#afterSettling();
  }

  #refuseEntry(entry: LaneEntry, all: readonly LaneEntry[], error: ReplicationError): void {
    const { record, slot, payloadIndex, table, key } = entry;
    const refusal: Refusal = { record, slot, payloadIndex, stage: 'write', error, table: table.name, rowKey: key };
    // What should have followed stays undone: the row is where it was, and the finding has the whole change.
    const slots = all.flatMap((one) => [one.slot, ...(one.followers ?? []).map((follower) => follower.entry.slot)]);
    const changes = all.reduce((sum, one) => sum + one.changes, 0);
    this.#refuse(refusal, slots, changes);
  }

  /** @param slots settled once it is stored @param changes source changes that it stands for */
  #refuse(refusal: Refusal, slots: readonly number[], changes = 1): void {
    const { deps, progress } = this.#options;
    const finding = buildFinding(deps, refusal);
    this.#findings.add(finding, () => {
      progress.counts.findings += 1;
      progress.counts.refused += changes;
      const { code, stage, table, offset, payloadIndex } = finding;
      deps.logger.event('sink.finding.stored', { code, stage, table, offset: String(offset), payloadIndex });
      for (const slot of slots) {
        this.#ledger.settle(slot);
      }
      this.#afterSettling();
    });
    this.#intake.wake(); // the lane has room again, although nothing is settled yet
  }

  #afterSettling(): void {
    this.#intake.wake();
    this.#gate.update(this.heldBytes, this.#ledger.gap);
    if (this.#ledger.watermark > this.#committer.committed) {
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

function listResolvers({ settings }: SinkDeps): readonly string[] {
  const names = Object.values(settings.tables).flatMap(({ findCkey }) =>
    findCkey === undefined ? [] : [findCkey.resolver],
  );
  return [...new Set(names)];
}
