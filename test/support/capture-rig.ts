/** A capture on a real source, with a change stream in memory: what a test sees is what Kafka would have acknowledged. */
import mysql from 'mysql2/promise';
import { createCaptureActor } from '../../actors/capture/capture-actor.ts';
import { createMysqlCaptureSource } from '../../actors/capture/mysql-capture-source.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import type { MysqlServer } from '../../actors/runtime/mysql-connection.ts';
import type { CaptureCheckpoint, CaptureCheckpointStore } from '../../actors/state/capture-checkpoint-store.ts';
import type { ChangeProducer, ProducedRecord } from '../../actors/stream/change-producer.ts';
import { systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LogFields, Logger } from '../../protocol/log/logger.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';

export interface CapturedRecord {
  readonly key: string;
  readonly partition: number;
  readonly commitTime: number;
  readonly heartbeat?: object;
  readonly source: { epoch: number; file: number; position: number; ordinal: number };
  readonly payloads: readonly {
    readonly op: string;
    readonly table: string;
    readonly old: Readonly<Record<string, unknown>> | null;
    readonly new: Readonly<Record<string, unknown>> | null;
  }[];
}

/** Keeps what was sent; a test waits for a state of it. */
export class MemoryProducer implements ChangeProducer {
  readonly sent: ProducedRecord[] = [];
  /** Set by a test: runs before each send is acknowledged. */
  beforeAck: ((records: readonly ProducedRecord[]) => Promise<void>) | undefined;
  readonly #waiting = new Set<() => void>();

  get records(): readonly CapturedRecord[] {
    return this.sent.map(parseRecord).filter((record) => record.heartbeat === undefined);
  }

  get heartbeats(): readonly CapturedRecord[] {
    return this.sent.map(parseRecord).filter((record) => record.heartbeat !== undefined);
  }

  async start(): Promise<void> {}

  async send(records: readonly ProducedRecord[]): Promise<void> {
    await this.beforeAck?.(records);
    this.sent.push(...records);
    for (const check of this.#waiting) {
      check();
    }
  }

  async stop(): Promise<void> {}

  /** Resolves when `isThere` is true of what was sent. */
  until(isThere: (producer: MemoryProducer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (isThere(this)) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }
}

function parseRecord({ key, partition, value }: ProducedRecord): CapturedRecord {
  return { key, partition, ...JSON.parse(value.toString('utf8')) };
}

/** Also shows what was saved, and who claimed. */
export class MemoryCheckpoints implements CaptureCheckpointStore {
  saved: CaptureCheckpoint | undefined;
  placeEpoch = 0;

  async claim(_capture: string, placeEpoch: number): Promise<CaptureCheckpoint | undefined> {
    this.placeEpoch = Math.max(this.placeEpoch, placeEpoch);
    this.#assertOwner(placeEpoch);
    return this.saved;
  }

  async save(_capture: string, placeEpoch: number, checkpoint: CaptureCheckpoint): Promise<void> {
    this.#assertOwner(placeEpoch);
    this.saved = checkpoint;
  }

  async find(): Promise<CaptureCheckpoint | undefined> {
    return this.saved;
  }

  #assertOwner(placeEpoch: number): void {
    if (placeEpoch !== this.placeEpoch) {
      throw new ReplicationError('ERG_5003', 'claimed by another place');
    }
  }
}

export interface SeenEvent {
  readonly name: string;
  readonly fields: LogFields | undefined;
}

export class MemoryLogger implements Logger {
  readonly events: SeenEvent[] = [];
  readonly #waiting = new Set<() => void>();

  event(name: string, fields?: LogFields): void {
    this.events.push({ name, fields });
    for (const check of this.#waiting) {
      check();
    }
  }

  child(): Logger {
    return this;
  }

  until(isThere: (events: readonly SeenEvent[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (isThere(this.events)) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }
}

export interface RigOptions {
  readonly server: { readonly host: string; readonly port: number; readonly user: string; readonly password?: string };
  readonly schema: string;
  readonly tables: CaptureSettings['tables'];
  readonly serverId: number;
  readonly startFrom?: 'now' | 'oldest';
  readonly heartbeatMs?: number;
  readonly placeEpoch?: number;
  readonly epoch?: number;
  readonly partitions?: number;
  readonly checkpoints?: CaptureCheckpointStore;
}

export interface CaptureRig extends AsyncDisposable {
  readonly actor: Actor;
  readonly producer: MemoryProducer;
  readonly checkpoints: CaptureCheckpointStore;
  readonly logger: MemoryLogger;
}

export function buildRig(options: RigOptions): CaptureRig {
  const producer = new MemoryProducer();
  const logger = new MemoryLogger();
  const checkpoints = options.checkpoints ?? new MemoryCheckpoints();
  const settings: CaptureSettings = {
    database: 'order',
    topic: 'cdc.order',
    partitions: options.partitions ?? 4,
    serverId: options.serverId,
    startFrom: options.startFrom ?? 'now',
    epoch: options.epoch ?? 0,
    heartbeat: options.heartbeatMs ?? 60_000,
    tables: options.tables,
  };
  const actor = createCaptureActor({
    name: 'order',
    schema: options.schema,
    settings,
    placeEpoch: options.placeEpoch ?? 1,
    source: createMysqlCaptureSource(serverOf(options), settings),
    checkpoints,
    createProducer: () => producer,
    readPartitionCount: async () => options.partitions ?? 4,
    clock: systemClock,
    logger,
    random: Math.random,
  });
  return { actor, producer, checkpoints, logger, [Symbol.asyncDispose]: () => actor.stop() };
}

export function serverOf({ server, schema }: Pick<RigOptions, 'server' | 'schema'>): MysqlServer {
  return {
    host: server.host,
    port: server.port,
    user: server.user,
    password: new Secret(server.password ?? ''),
    database: schema,
  };
}

/** A session in a schema of its own, made anew. */
export async function openSchema(
  server: RigOptions['server'],
  schema: string,
): Promise<mysql.Connection & AsyncDisposable> {
  const connection = await mysql.createConnection({ ...pick(server), multipleStatements: true, dateStrings: true });
  connection.on('error', () => {}); // the next query tells it
  await connection.query(`DROP DATABASE IF EXISTS \`${schema}\`; CREATE DATABASE \`${schema}\`; USE \`${schema}\``);
  await connection.query("SET time_zone = '+00:00'");
  return Object.assign(connection, { [Symbol.asyncDispose]: async () => connection.destroy() });
}

function pick({ host, port, user }: RigOptions['server']): { host: string; port: number; user: string } {
  return { host, port, user };
}
