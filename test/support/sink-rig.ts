/** A sink on real target shards and a real state database, with its partition in memory. */
import mysql from 'mysql2/promise';
import type { TableSnapshots } from '../../actors/catalog/table-snapshots.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import type { MysqlServer } from '../../actors/runtime/mysql-connection.ts';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { SinkDeps } from '../../actors/sink/sink-deps.ts';
import type { SourceLookup } from '../../actors/source/source-lookup.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import type { TargetShard } from '../../actors/target/target-shard.ts';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type Logger, silentLogger } from '../../protocol/log/logger.ts';
import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import { type PipelineSettings, settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { MemoryPartition } from './memory-stream.ts';

export interface RigServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export interface SinkRigOptions {
  readonly server: RigServer;
  /** Schemas, one per shard; made anew by the test. */
  readonly schemas: readonly string[];
  readonly stateSchema: string;
  readonly tables: Readonly<Record<string, object>>;
  readonly shardBy?: 'single' | 'modulo';
  readonly settings?: object | undefined;
  readonly openLookup?: (resolver: string, database: string) => SourceLookup;
  readonly partition?: MemoryPartition;
  /** Instead of the partition in memory. */
  readonly openStream?: SinkDeps['openStream'];
  readonly placeEpoch?: number;
  readonly clock?: Clock;
  /** Default 0. */
  readonly number?: number;
  readonly snapshots?: TableSnapshots | undefined;
  /** Of a schema; the default is one on the server. */
  readonly openShard?: (schema: string, marker: PipelineSettings['marker']) => TargetShard;
  readonly gateOf?: SinkDeps['gateOf'];
  readonly logger?: Logger;
  readonly repair?: SinkDeps['repair'];
}

export interface SinkRig extends AsyncDisposable {
  readonly actor: Actor;
  readonly partition: MemoryPartition;
  detail(): SinkDetail;
}

export function serverIn(server: RigServer, schema: string): MysqlServer {
  return { host: server.host, port: server.port, user: server.user, password: new Secret(''), database: schema };
}

export function buildPipelineSettings(more: object): PipelineSettings {
  return settingsSchema.shape.pipelines.unwrap().valueType.parse({
    source: { database: 'order', topic: 'cdc.order' },
    target: { database: 'target' },
    ...more,
  });
}

function listPrimaryKeys({ tables }: PipelineSettings): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(tables).flatMap(([name, { primaryKey }]) => (primaryKey ? [[name, primaryKey]] : [])));
}

export function buildSinkRig(options: SinkRigOptions): SinkRig {
  const { server, schemas, stateSchema, tables, shardBy = 'single', placeEpoch = 1, logger = silentLogger } = options;
  const partition = options.partition ?? new MemoryPartition();
  const settings = buildPipelineSettings({ target: { database: 'target', shardBy }, tables, ...options.settings });
  const state = openStateDatabase(serverIn(server, stateSchema));
  const deps: SinkDeps = {
    pipeline: 'order-seller',
    partition: options.number ?? 0,
    settings,
    group: 'test',
    placeEpoch,
    owner: `node-1/${placeEpoch}`,
    openStream: options.openStream ?? ((events) => partition.open(events)),
    shards: schemas.map(
      (schema) =>
        options.openShard?.(schema, settings.marker) ??
        openMysqlTargetShard({
          name: schema,
          server: serverIn(server, schema),
          marker: settings.marker,
          primaryKeys: listPrimaryKeys(settings),
          logger,
        }),
    ),
    gateOf: options.gateOf,
    snapshots: options.snapshots,
    openLookup:
      options.openLookup ??
      ((name) => {
        throw new ReplicationError('ERG_2102', `no look-up ${name} in this test`);
      }),
    findings: state.findings,
    unwrittenColumns: state.unwrittenColumns,
    repair: options.repair,
    clock: options.clock ?? systemClock,
    logger,
    random: Math.random,
  };
  const actor = createSinkActor(deps);
  return {
    actor,
    partition,
    detail: () => {
      const { detail } = actor.status();
      if (detail.kind !== 'sink') {
        throw new Error('expected the status of a sink');
      }
      return detail;
    },
    [Symbol.asyncDispose]: async () => {
      await actor.stop();
      state.close();
    },
  };
}

/** A session that reads everything as text, in schemas made anew. */
export async function openTestSession(
  server: RigServer,
  schemas: readonly string[],
): Promise<mysql.Connection & AsyncDisposable> {
  const { host, port, user } = server;
  const connection = await mysql.createConnection({
    host,
    port,
    user,
    multipleStatements: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    charset: 'utf8mb4',
  });
  connection.on('error', () => {}); // the next query tells it
  for (const schema of schemas) {
    await connection.query(`DROP DATABASE IF EXISTS ${schema}; CREATE DATABASE ${schema} CHARACTER SET utf8mb4`);
  }
  return Object.assign(connection, { [Symbol.asyncDispose]: async () => connection.destroy() });
}

/** A change record as our capture writes it. */
export function aRecord(
  key: string,
  position: number,
  ...payloads: readonly { op: string; table?: string; old: object | null; new: object | null }[]
): { key: string; value: string } {
  const source = { epoch: 0, file: 1, position, ordinal: 0 };
  const value = {
    commitTime: 1_767_225_600_000 + position,
    source,
    payloads: payloads.map((one) => ({ table: 'orders', ...one })),
  };
  return { key, value: JSON.stringify(value) };
}

export const inserted = (after: object, table = 'orders') => ({ op: 'insert', table, old: null, new: after });
export const updated = (before: object, after: object, table = 'orders') => ({
  op: 'update',
  table,
  old: before,
  new: after,
});
export const deleted = (before: object, table = 'orders') => ({ op: 'delete', table, old: before, new: null });
