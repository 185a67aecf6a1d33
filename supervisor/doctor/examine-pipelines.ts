/**
 * Asks the source and every target shard of the pipelines what they are like, and judges what they say. Only reads. A server
 * that is away is one remark; the others are examined all the same, a few at a time.
 */
import { type MysqlConnection, type MysqlServer, openMysql } from '../../actors/runtime/mysql-connection.ts';
import { TurnKeeper } from '../../actors/runtime/turn-keeper.ts';
import {
  inspectServer,
  inspectTarget,
  type ServerInspection,
  type TargetInspection,
} from '../../actors/target/mysql/inspect-server.ts';
import { codeMysqlError } from '../../actors/target/mysql/mysql-errors.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { DatabaseSettings, PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';
import type { DoctorReport, PipelineReport } from './doctor-report.ts';
import { type Answer, buildPipelineReport, summarise } from './report-pipeline.ts';

type Shard = DatabaseSettings['shards'][number] & Pick<DatabaseSettings, 'driver'>;

const OPEN_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 1_000;
/** Servers asked at the same time: enough that those that are away do not add up, few enough to go unnoticed. */
const MAX_TURNS = 8;

/** @param names of pipelines in the settings */
export async function examinePipelines(settings: Settings, names: readonly string[]): Promise<DoctorReport> {
  const turns = new TurnKeeper(MAX_TURNS);
  const pipelines = await Promise.all(
    names.flatMap((name) => {
      const pipeline = settings.pipelines[name];
      return pipeline === undefined ? [] : [examinePipeline(name, pipeline, { settings, turns })];
    }),
  );
  return { environment: settings.environment, pipelines, summary: summarise(pipelines) };
}

async function examinePipeline(
  name: string,
  pipeline: PipelineSettings,
  { settings, turns }: { readonly settings: Settings; readonly turns: TurnKeeper },
): Promise<PipelineReport> {
  const tables = Object.entries(pipeline.tables).map(([source, { target = source, primaryKey, ignoreColumns }]) => ({
    source,
    target,
    primaryKey,
    ignored: new Set(ignoreColumns),
  }));
  const primaryKeys = new Map(
    tables.flatMap(({ target, primaryKey }) => (primaryKey === undefined ? [] : [[target, primaryKey] as const])),
  );
  const askServer = (shard: Shard, names: readonly string[]): Promise<Answer<ServerInspection>> =>
    ask(shard, (connection) =>
      inspectServer(connection, { database: shard.database, tables: names, primaryKeys: new Map() }),
    );
  const askTarget = (shard: Shard): Promise<Answer<TargetInspection>> =>
    ask(shard, (connection) =>
      inspectTarget(connection, {
        database: shard.database,
        tables: tables.map(({ target }) => target),
        primaryKeys,
      }),
    );
  const sources = getShards(settings, pipeline.source.database).slice(0, 1); // a source is not sharded
  const shards = getShards(settings, pipeline.target.database);
  const sourceNames = tables.map(({ source }) => source);
  const targetNames = tables.map(({ target }) => target);
  const [[source], answers, replicas] = await Promise.all([
    Promise.all(sources.map((shard) => turns.run(() => askServer(shard, sourceNames)))),
    Promise.all(shards.map((shard) => turns.run(() => askTarget(shard)))),
    Promise.all(listReplicas(shards).map((shard) => turns.run(() => askServer(shard, targetNames)))),
  ]);
  return buildPipelineReport({ name, pipeline, tables, source, answers, replicas });
}

async function ask<Inspection>(
  shard: Shard,
  inspect: (connection: MysqlConnection) => Promise<Inspection>,
): Promise<Answer<Inspection>> {
  if (shard.driver !== 'mysql') {
    return { shard, inspection: new ReplicationError('ERG_8002', `there is no adapter for ${shard.driver} yet`) };
  }
  let sent = false;
  let connection: MysqlConnection | undefined;
  try {
    connection = await openMysql(shard satisfies MysqlServer, { deadlineMs: OPEN_DEADLINE_MS });
    sent = true;
    return { shard, inspection: await inspect(connection) };
  } catch (error) {
    return {
      shard,
      inspection: codeMysqlError(error, { doing: sent ? 'look around' : 'connect', sent, shard: shard.name }),
    };
  } finally {
    await connection?.close(CLOSE_DEADLINE_MS).catch(() => {}); // it is destroyed then
  }
}

function listReplicas(shards: readonly Shard[]): readonly Shard[] {
  return shards.flatMap((shard) =>
    shard.replica === undefined ? [] : [{ ...shard, ...shard.replica, name: `${shard.name} replica` }],
  );
}

function getShards({ databases }: Settings, name: string): readonly Shard[] {
  const database = databases[name];
  return database?.shards.map((shard) => ({ ...shard, driver: database.driver })) ?? [];
}
