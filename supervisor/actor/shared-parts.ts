/**
 * What all actors of a process share, each made when the first actor needs it: the state database, the questions to Kafka,
 * each source database with its breaker and its log, the breakers of targets, and per pipeline the look that decides.
 */
import { BreakerBoard } from '../../actors/breaker/breaker-board.ts';
import type { ShardGate } from '../../actors/breaker/shard-gate.ts';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import type { RowReader } from '../../actors/row/row-reader.ts';
import type { RowWitness } from '../../actors/row/row-witness.ts';
import type { FaultSwitch, ServerRole } from '../../actors/runtime/fault-switch.ts';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { KafkaAddress } from '../../actors/stream/kafkajs-client.ts';
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import { validateShard } from '../../actors/target/mysql/validate-shard.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { BreakerDetail } from '../../protocol/message/actor-status.ts';
import type { Job } from '../../protocol/message/job.ts';
import type {
  CaptureSettings,
  DatabaseSettings,
  PipelineSettings,
  Settings,
} from '../../protocol/settings/settings-schema.ts';
import { listSourceKeys, openRowReaders, type ShardReaders } from '../open-row-readers.ts';
import { SourceLog } from './source-log.ts';

export interface ActorFactoryOptions {
  readonly settings: Settings;
  readonly node: string;
  readonly boot: string;
  readonly bus: MessageBus;
  readonly faults: Pick<FaultSwitch, 'wrap'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A job as its actor is built. */
export interface Placed<J extends Job = Job> {
  readonly job: J;
  readonly placeEpoch: number;
  readonly logger: Logger;
}

export interface PipelineWitness {
  readonly witness: RowWitness;
  readonly source: RowReader;
  readonly targets: readonly ShardReaders[];
}

/** For questions about the log, and for locks of rows that are given back at once. */
const SOURCE_LOG_CONNECTIONS = 2;
const OPEN_DEADLINE_MS = 5_000;

export class SharedParts {
  readonly options: ActorFactoryOptions;
  readonly address: KafkaAddress;
  readonly admin: KafkajsStreamAdmin;
  readonly state: StateDatabase;
  readonly #breakers: BreakerBoard;
  readonly #sources = new Map<string, MysqlSourceDatabase>();
  readonly #sourcePools = new Map<string, MysqlPool>();
  readonly #witnesses = new Map<string, PipelineWitness>();

  constructor(options: ActorFactoryOptions) {
    const { settings, node, clock, logger } = options;
    const { environment } = settings;
    this.options = options;
    this.address = { brokers: settings.kafka.brokers, clientId: `ergate-${environment}-${node}` };
    this.admin = new KafkajsStreamAdmin({ address: this.address, clock, log: logger });
    this.state = openStateDatabase(settings.state);
    this.#breakers = new BreakerBoard({ ...options, environment, orders: this.state.breakerOrders });
  }

  /** Of all pipelines, those that are not simply closed. */
  listBreakers(): readonly BreakerDetail[] {
    return this.#breakers.describe();
  }

  async close(): Promise<void> {
    for (const witness of this.#witnesses.values()) {
      closeReaders(witness);
    }
    for (const source of [...this.#sources.values(), ...this.#sourcePools.values()]) {
      source.close();
    }
    this.#breakers[Symbol.dispose]();
    this.state.close();
    await this.admin.close();
  }

  /** @throws ReplicationError ERG_6011 */
  getPipeline(name: string): PipelineSettings {
    return getEntry(this.options.settings.pipelines, name, 'pipeline');
  }

  /** @throws ReplicationError ERG_6011 */
  getCapture(name: string): CaptureSettings {
    return getEntry(this.options.settings.captures, name, 'capture');
  }

  /** @throws ReplicationError ERG_6011 */
  getDatabase(name: string, role: ServerRole): DatabaseSettings {
    const { settings, faults } = this.options;
    const database = getEntry(settings.databases, name, 'database');
    return { ...database, shards: database.shards.map((server) => faults.wrap(server, role)) };
  }

  /** A source is not sharded. @throws ReplicationError ERG_6011 */
  getSourceServer(name: string): DatabaseSettings['shards'][number] {
    const [shard] = this.getDatabase(name, 'source').shards;
    if (shard === undefined) {
      throw missing('shard of the database', name);
    }
    return shard;
  }

  getSource(name: string): MysqlSourceDatabase {
    return getOrAdd(this.#sources, name, () => new MysqlSourceDatabase({ server: this.getSourceServer(name) }));
  }

  getSourcePool(name: string): MysqlPool {
    return getOrAdd(
      this.#sourcePools,
      name,
      () =>
        new MysqlPool({
          server: this.getSourceServer(name),
          maxConnections: SOURCE_LOG_CONNECTIONS,
          openDeadlineMs: OPEN_DEADLINE_MS,
        }),
    );
  }

  /** Name and settings of the capture of ours that fills the topic from the source of the pipeline. */
  findCapture({ source }: PipelineSettings): readonly [name: string, settings: CaptureSettings] | undefined {
    return Object.entries(this.options.settings.captures).find(
      ([, { topic, database }]) => topic === source.topic && database === source.database,
    );
  }

  /** Undefined when another program writes the stream, of which nobody can tell how far it is. */
  findSourceLog(pipeline: PipelineSettings): SourceLog | undefined {
    const [capture] = this.findCapture(pipeline) ?? [];
    const pool = this.getSourcePool(pipeline.source.database);
    return capture === undefined ? undefined : new SourceLog({ pool, capture, checkpoints: this.state.checkpoints });
  }

  /** Each primary behind its breaker, which hears of it when it cannot be read. Whoever opens them closes them. */
  openTargets(pipeline: string): readonly ShardReaders[] {
    const settings = this.getPipeline(pipeline);
    const { clock } = this.options;
    const gateOf = this.buildGates(pipeline);
    return openRowReaders(this.getDatabase(settings.target.database, 'target'), settings, { gateOf, clock });
  }

  /** Whoever opens it closes its readers, see closeReaders. */
  openWitness(pipeline: string): PipelineWitness {
    const settings = this.getPipeline(pipeline);
    const source = this.getSource(settings.source.database).openRowReader(listSourceKeys(settings));
    const targets = this.openTargets(pipeline);
    const witness = createRowWitness({
      settings,
      source,
      targets: targets.map(({ name, primary }) => ({ name, reader: primary })),
      openLookup: this.openLookup,
      clock: this.options.clock,
    });
    return { witness, source, targets };
  }

  /** One for all repairs of a pipeline, which are few. Closed with this. */
  getWitness(pipeline: string): PipelineWitness {
    return getOrAdd(this.#witnesses, pipeline, () => this.openWitness(pipeline));
  }

  readonly openLookup = (resolver: string, database: string) => this.getSource(database).lookup(resolver);

  buildGates(pipeline: string): (shard: string) => ShardGate {
    const { apply, breaker, target } = this.getPipeline(pipeline);
    const { shards } = this.getDatabase(target.database, 'target');
    const rules = { failures: breaker.failures, openForMs: breaker.openFor };
    const gates = new Map(
      shards.map((server) => {
        const validate = () => validateShard(server.name, server, apply);
        return [server.name, this.#breakers.gateOf({ pipeline, shard: server.name, rules, validate })];
      }),
    );
    return (shard) => {
      const gate = gates.get(shard);
      if (gate === undefined) {
        throw missing('shard of the target', shard);
      }
      return gate;
    };
  }

  /** One consumer group for each partition, so that its place decides who reads it, and nothing else rebalances it. */
  groupOf(kind: 'sink' | 'verifier', pipeline: string, partition: number): string {
    return `ergate.${this.options.settings.environment}.${pipeline}.${kind}.p${partition}`;
  }
}

export function closeReaders({ source, targets }: Pick<PipelineWitness, 'source' | 'targets'>): void {
  source.close();
  for (const { primary, first } of targets) {
    primary.close();
    first.close();
  }
}

function getOrAdd<T>(entries: Map<string, T>, name: string, build: () => T): T {
  const known = entries.get(name);
  if (known !== undefined) {
    return known;
  }
  const built = build();
  entries.set(name, built);
  return built;
}

function getEntry<T>(entries: Readonly<Record<string, T>>, name: string, kind: string): T {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (entry === undefined) {
    throw missing(kind, name);
  }
  return entry;
}

function missing(kind: string, name: string): ReplicationError {
  return new ReplicationError('ERG_6011', `no ${kind} ${name} in the settings of this node`);
}
