/**
 * A pipeline in memory: a source, a real sink on two shards, a verifier beside it, and somebody in the place of recovery who
 * remembers what was reported. Everything that the verifier asks can fail.
 */
import type { ShardGate } from '../../actors/breaker/shard-gate.ts';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { SourceMarks } from '../../actors/source/source-marks.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import type { VerifierDeps } from '../../actors/verifier/verifier-deps.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { VerifierDetail } from '../../protocol/message/verification-status.ts';
import { type PipelineSettings, settingsSchema } from '../../protocol/settings/settings-schema.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import { buildGate } from './build-gate.ts';
import { openFailing } from './failing-stream.ts';
import { MemoryNetwork } from './memory-bus.ts';
import { MemoryFindingStore } from './memory-finding-store.ts';
import { MemoryRangeStore } from './memory-range-store.ts';
import { MemoryRecovery } from './memory-recovery.ts';
import { MemoryRowReader } from './memory-row-reader.ts';
import { MemoryShard, passTurns } from './memory-shard.ts';
import { MemoryShardReader } from './memory-shard-reader.ts';
import { memorySinkDeps } from './memory-sink.ts';
import { MemoryPartition } from './memory-stream.ts';
import type { RowHistory } from './row-history.ts';
import { aRecord } from './sink-rig.ts';
import { anId, SHARDS, SOURCE_TABLES, TABLES, TARGET_TABLES, type TableName } from './verifier-places.ts';

/** A part of the surroundings that can fail. */
export type Part = 'target' | 'source' | 'recovery' | 'state' | 'kafka' | 'marks';
export type Payload = ReturnType<RowHistory['apply']>;
type Row = Readonly<Record<string, string | number>>;
type Change = Pick<Payload, 'table'> & { readonly old: Row | null; readonly new: Row | null };

export interface VerifierRigOptions {
  readonly random: () => number;
  readonly clock: Clock;
  /** Goes over the settings of the pipeline. */
  readonly settings?: object;
  readonly verification?: object;
  /** False: nobody tells how far the capture is. */
  readonly isOurCapture?: boolean;
  /** What is left out of it does nothing. */
  readonly gateOf?: (shard: string) => Partial<ShardGate>;
  /** Of the sink, of the verifier, and of its looks. */
  readonly openLookup?: VerifierDeps['openLookup'];
}

const OPEN = new ReplicationError('ERG_3011', 'a breaker is open');
const noLookup = () => {
  throw new ReplicationError('ERG_2102', 'no look-ups in this test');
};

export class VerifierRig implements AsyncDisposable {
  readonly source = new MemoryRowReader(...SOURCE_TABLES);
  readonly shards: readonly MemoryShard[];
  readonly readers: readonly MemoryShardReader[];
  readonly sinkPartition = new MemoryPartition();
  readonly partition = new MemoryPartition();
  readonly store = new MemoryRangeStore();
  readonly findings = new MemoryFindingStore();
  readonly recovery: MemoryRecovery;
  readonly failing = new Set<Part>();
  /** Shards whose breakers are open. */
  readonly open = new Set<string>();
  readonly ends: (Error | undefined)[] = [];
  readonly clock: Clock;
  /** Records that were delivered to the verifier. */
  delivered = 0;
  /** What the verifier sees of the sink at most. */
  sinkSeenTo = Number.POSITIVE_INFINITY;
  /** Source transactions that the capture has not published. */
  readonly unpublished: (readonly Payload[])[] = [];
  /** Before each commit of the verifier. */
  onCommit: (offset: bigint) => void = () => {};
  readonly settings: PipelineSettings;
  readonly #options: VerifierRigOptions;
  readonly network: MemoryNetwork;
  #transactions = 0;
  #published = 0;
  #placeEpoch = 0;
  #sink: Actor | undefined;
  #verifier: Actor | undefined;

  constructor(options: VerifierRigOptions) {
    const { random, clock, settings, verification } = options;
    this.#options = options;
    this.clock = clock;
    const fate = { turns: () => Math.floor(random() * 3), outcome: () => 'written' as const };
    this.shards = SHARDS.map((name) => new MemoryShard(name, TARGET_TABLES, fate));
    this.readers = this.shards.map((shard) => new MemoryShardReader(shard));
    this.settings = settingsSchema.shape.pipelines.unwrap().valueType.parse({
      source: { database: 'order', topic: 'cdc.order' },
      target: { database: 'target', shardBy: 'modulo' },
      tables: { orders: { shardKey: 'seller' }, items: { shardKey: 'seller', target: TABLES.items } },
      batch: { minRows: 1, maxRows: 8 },
      breaker: { parkAfter: '1s' },
      verification: { rowsPerRead: 3, ...verification },
      ...settings,
    });
    this.sinkPartition.committed = { offset: 0n, metadata: '' };
    this.network = new MemoryNetwork(clock);
    this.recovery = new MemoryRecovery(this.network, () => this.failing.has('recovery'), random);
    this.findings.onList = () => this.#fail('state', 'ERG_5001');
    this.source.onRead = () => this.#fail('source', 'ERG_2101');
    this.store.onCall = () => this.#fail('state', 'ERG_5001');
    for (const reader of this.readers) {
      reader.onRead = () => this.#fail('target', 'ERG_3001');
    }
    const { commit } = this.partition;
    this.partition.commit = (committed) => {
      this.onCommit(committed.offset);
      commit.call(this.partition, committed);
    };
  }

  get detail(): VerifierDetail {
    const detail = this.#verifier?.status().detail;
    if (detail?.kind !== 'verifier') {
      throw new Error('expected a verifier');
    }
    return detail;
  }

  get status() {
    return this.#verifier?.status();
  }

  /** As they came; the same one may come twice. */
  get reports(): readonly Mismatch[] {
    return this.recovery.reports;
  }

  get reported(): ReadonlySet<string> {
    return this.listReported();
  }

  /** @param since leaves out so many reports */
  listReported(since = 0): ReadonlySet<string> {
    const reports = this.reports.slice(since);
    return new Set(
      reports.map(({ row }) => anId(row.shard, row.targetKey[0]?.[1] ?? '', row.table as TableName)), // the rig has no others
    );
  }

  /** Commits at the source. @returns its number */
  commit(...payloads: readonly Payload[]): number {
    for (const { table, old, new: after } of payloads as readonly Change[]) {
      if (old !== null) {
        this.source.remove(table, { id: String(old['id']) });
      }
      if (after !== null) {
        this.source.put(table, Object.fromEntries(Object.entries(after).map(([name, cell]) => [name, String(cell)])));
      }
    }
    this.unpublished.push(payloads);
    this.#transactions += 1;
    return this.#transactions - 1;
  }

  publish(transactions = this.unpublished.length): void {
    for (const payloads of this.unpublished.splice(0, transactions)) {
      this.#published += 1;
      const record = aRecord('k', this.#published, ...payloads);
      this.sinkPartition.append(record);
      this.partition.append(record);
    }
  }

  async startSink(): Promise<void> {
    this.#placeEpoch += 1;
    const { random, clock } = this.#options;
    const openStream = (events: RecordStreamEvents) => this.sinkPartition.open(events);
    const { settings, shards } = this;
    const own = { settings, shards, placeEpoch: this.#placeEpoch, openStream, clock, random };
    const { openLookup = noLookup } = this.#options;
    this.#sink = createSinkActor(memorySinkDeps(own, async () => {}, { openLookup, findings: this.findings }));
    await this.#sink.start();
  }

  async stopSink(): Promise<void> {
    await this.#sink?.stop();
    this.#sink = undefined;
  }

  get isSinkUp(): boolean {
    return this.#sink !== undefined;
  }

  async startVerifier(more: Partial<VerifierDeps> = {}): Promise<void> {
    this.#placeEpoch += 1;
    const actor = createVerifierActor({ ...this.#buildDeps(), ...more });
    this.#verifier = actor;
    void actor.ended.then((error) => this.ends.push(error));
    await actor.start().catch(() => {}); // `ended` tells
  }

  async stopVerifier(): Promise<void> {
    await this.#verifier?.stop();
  }

  async drainVerifier(deadlineMs: number): Promise<void> {
    await this.#verifier?.drain(deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopSink();
    await this.stopVerifier();
  }

  #buildDeps(): VerifierDeps {
    const { random, clock, isOurCapture = true, openLookup = noLookup } = this.#options;
    const { gateOf = (shard) => (this.open.has(shard) ? { refusal: OPEN } : {}) } = this.#options;
    return {
      environment: 'test',
      pipeline: 'p',
      partition: 0,
      group: 'v',
      placeEpoch: this.#placeEpoch,
      settings: this.settings,
      shards: this.shards,
      openLookup,
      openStream: (events, purpose) =>
        purpose === 'verifier'
          ? this.#openStream(events)
          : openFailing(this.partition, events, random, () => this.failing.has('kafka') && random() < 0.2),
      readSink: this.settings.apply ? () => this.#readSink() : undefined,
      gateOf: (shard) => buildGate(() => gateOf(shard)),
      readerOf: (shard) => this.readers[SHARDS.indexOf(shard)] as MemoryShardReader,
      witness: createRowWitness({
        settings: this.settings,
        source: this.source,
        targets: this.readers.map((reader, index) => ({ name: SHARDS[index] ?? '', reader })),
        openLookup,
        clock,
      }),
      source: this.source,
      marks: isOurCapture ? this.#marks() : { take: async () => undefined },
      ranges: this.store,
      findings: this.findings,
      bus: this.network.open('verifier', silentLogger),
      clock,
      logger: silentLogger,
      random,
    };
  }

  async #readSink() {
    await this.#fail('kafka', 'ERG_1204');
    const { committed } = this.sinkPartition;
    const offset = BigInt(Math.min(this.sinkSeenTo, Number(committed?.offset ?? 0n)));
    return committed === undefined ? undefined : { ...committed, offset };
  }

  #openStream(events: RecordStreamEvents) {
    const stream = this.partition.open({
      ...events,
      onRecords: (records, end) => {
        this.delivered += records.length;
        events.onRecords(records, end);
      },
    });
    const { commit } = stream;
    return Object.assign(stream, {
      commit: async (offset: bigint, metadata: string) => {
        await this.#fail('kafka', 'ERG_1205');
        await commit.call(stream, offset, metadata);
      },
    });
  }

  #marks(): SourceMarks {
    return {
      take: async () => {
        await this.#fail('marks', 'ERG_2101');
        const mark = this.#transactions;
        return {
          isPublished: async () => {
            await this.#fail('marks', 'ERG_5001');
            return this.#published >= mark;
          },
        };
      },
    };
  }

  async #fail(part: Part, code: 'ERG_1204' | 'ERG_1205' | 'ERG_2101' | 'ERG_3001' | 'ERG_5001'): Promise<void> {
    const { random } = this.#options;
    await passTurns(Math.floor(random() * 2));
    if (this.failing.has(part) && random() < 0.5) {
      throw new ReplicationError(code, `${part} is away`);
    }
  }
}
