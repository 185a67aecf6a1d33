/**
 * Builds the actors of a node: the one place where the adapters of a job are made and handed to it.
 *
 * What all actors of a process share is made once, when the first one needs it: the state database, the questions to
 * Kafka, and each source database with its breaker. Whoever closes the factory closes those; the rest belongs to its actor.
 */
import { BreakerBoard } from '../actors/breaker/breaker-board.ts';
import { type CaptureActorDeps, createCaptureActor } from '../actors/capture/capture-actor.ts';
import { createMysqlCaptureSource } from '../actors/capture/mysql-capture-source.ts';
import { BusTableSnapshots } from '../actors/catalog/bus-table-snapshots.ts';
import type { Actor } from '../actors/runtime/actor.ts';
import type { MessageBus } from '../actors/runtime/message-bus.ts';
import { createSinkActor } from '../actors/sink/sink-actor.ts';
import type { SinkDeps } from '../actors/sink/sink-deps.ts';
import { MysqlSourceDatabase } from '../actors/source/mysql-source-database.ts';
import { openStateDatabase, type StateDatabase } from '../actors/state/mysql-state-database.ts';
import { KafkajsChangeProducer } from '../actors/stream/kafkajs-change-producer.ts';
import type { KafkaAddress } from '../actors/stream/kafkajs-client.ts';
import { KafkajsRecordStream } from '../actors/stream/kafkajs-record-stream.ts';
import { KafkajsStreamAdmin } from '../actors/stream/kafkajs-stream-admin.ts';
import { validateShard } from '../actors/target/mysql/validate-shard.ts';
import type { Clock } from '../protocol/clock.ts';
import { ReplicationError } from '../protocol/errors/replication-error.ts';
import { unreachable } from '../protocol/errors/unreachable.ts';
import type { Logger } from '../protocol/log/logger.ts';
import type { Job } from '../protocol/message/job.ts';
import type { DatabaseSettings, PipelineSettings, Settings } from '../protocol/settings/settings-schema.ts';
import { fingerprintTarget } from './catalog/fingerprint-target.ts';
import { openTargetShards } from './open-target-shards.ts';

export interface ActorFactoryOptions {
  readonly settings: Settings;
  readonly node: string;
  readonly boot: string;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ActorFactory {
  /** Not started. @throws ReplicationError ERG_6011 when the settings of this process do not have the job */
  createActor(job: Job, placeEpoch: number): Actor;
  /** After the actors have ended. Idempotent. */
  close(): Promise<void>;
}

export function createActorFactory(options: ActorFactoryOptions): ActorFactory {
  return new AdapterActorFactory(options);
}

class AdapterActorFactory implements ActorFactory {
  readonly #options: ActorFactoryOptions;
  readonly #address: KafkaAddress;
  readonly #admin: KafkajsStreamAdmin;
  readonly #state: StateDatabase;
  readonly #breakers: BreakerBoard;
  readonly #sources = new Map<string, MysqlSourceDatabase>();

  constructor(options: ActorFactoryOptions) {
    const { settings, node, clock, logger } = options;
    this.#options = options;
    this.#address = { brokers: settings.kafka.brokers, clientId: `ergate-${settings.environment}-${node}` };
    this.#admin = new KafkajsStreamAdmin({ address: this.#address, clock, log: logger });
    this.#state = openStateDatabase(settings.state);
    const { environment } = settings;
    this.#breakers = new BreakerBoard({ ...options, environment, orders: this.#state.breakerOrders });
  }

  createActor(job: Job, placeEpoch: number): Actor {
    switch (job.kind) {
      case 'capture':
        return createCaptureActor(this.#buildCapture(job.capture, placeEpoch, this.#logger(job, placeEpoch)));
      case 'sink':
        return createSinkActor(this.#buildSink(job, placeEpoch, this.#logger(job, placeEpoch)));
      default:
        return unreachable(job);
    }
  }

  async close(): Promise<void> {
    for (const source of this.#sources.values()) {
      source.close();
    }
    this.#breakers[Symbol.dispose]();
    this.#state.close();
    await this.#admin.close();
  }

  #buildCapture(name: string, placeEpoch: number, logger: Logger): CaptureActorDeps {
    const { clock } = this.#options;
    const settings = getEntry(this.#options.settings.captures, name, 'capture');
    const server = getFirstShard(this.#getDatabase(settings.database), settings.database);
    const { topic } = settings;
    return {
      name,
      schema: server.database,
      settings,
      placeEpoch,
      source: createMysqlCaptureSource(server, settings),
      checkpoints: this.#state.checkpoints,
      createProducer: () => new KafkajsChangeProducer({ address: this.#address, topic, clock, log: logger }),
      readPartitionCount: () => this.#admin.readPartitionCount(topic),
      clock,
      logger,
      random: Math.random,
    };
  }

  #buildSink(job: Extract<Job, { kind: 'sink' }>, placeEpoch: number, logger: Logger): SinkDeps {
    const { clock, node, boot, settings, bus } = this.#options;
    const { pipeline, partition } = job;
    const own = getEntry(settings.pipelines, pipeline, 'pipeline');
    const { source, target } = own;
    const database = this.#getDatabase(target.database);
    const group = buildSinkGroup(settings.environment, pipeline, partition);
    return {
      pipeline,
      partition,
      settings: own,
      group,
      placeEpoch,
      owner: `${node}/${boot}`,
      openStream: (events, purpose) =>
        new KafkajsRecordStream({
          address: this.#address,
          position: { topic: source.topic, partition, group: purpose === 'sink' ? group : `${group}.catch-up` },
          placeEpoch,
          sessionTimeoutMs: settings.kafka.sessionTimeout,
          clock,
          random: Math.random,
          log: logger,
          events,
        }),
      gateOf: this.#buildGates(pipeline, own, database),
      shards: openTargetShards(database, own, { clock, logger }),
      snapshots: new BusTableSnapshots({
        bus,
        environment: settings.environment,
        pipeline,
        fingerprints: new Map(database.shards.map((server) => [server.name, fingerprintTarget(own, server)])),
      }),
      openLookup: (resolver, database) => this.#getSource(database).lookup(resolver),
      findings: this.#state.findings,
      unwrittenColumns: this.#state.unwrittenColumns,
      clock,
      logger,
      random: Math.random,
    };
  }

  #buildGates(pipeline: string, { breaker }: PipelineSettings, { shards }: DatabaseSettings): SinkDeps['gateOf'] {
    const rules = { failures: breaker.failures, openForMs: breaker.openFor };
    const gates = new Map(
      shards.map((server) => {
        const validate = () => validateShard(server.name, server);
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

  #getSource(name: string): MysqlSourceDatabase {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = new MysqlSourceDatabase({ server: getFirstShard(this.#getDatabase(name), name) });
      this.#sources.set(name, source);
    }
    return source;
  }

  #getDatabase(name: string): DatabaseSettings {
    return getEntry(this.#options.settings.databases, name, 'database');
  }

  #logger(job: Job, placeEpoch: number): Logger {
    return this.#options.logger.child({ job: job.name, placeEpoch });
  }
}

/** One consumer group for each partition, so that its place decides who reads it, and nothing else rebalances it. */
function buildSinkGroup(environment: string, pipeline: string, partition: number): string {
  return `ergate.${environment}.${pipeline}.sink.p${partition}`;
}

/** A source is not sharded. */
function getFirstShard({ shards }: DatabaseSettings, name: string): DatabaseSettings['shards'][number] {
  const [shard] = shards;
  if (shard === undefined) {
    throw missing('shard of the database', name);
  }
  return shard;
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
