import { openMysqlTargetShard } from '../actors/target/mysql/mysql-target-shard.ts';
import type { TargetShard } from '../actors/target/target-shard.ts';
import type { Clock } from '../protocol/clock.ts';
import { ReplicationError } from '../protocol/errors/replication-error.ts';
import type { Logger } from '../protocol/log/logger.ts';
import { NO_ADAPTER } from '../protocol/settings/list-refused-pipelines.ts';
import type {
  DatabaseSettings,
  PipelineSettings,
  ReplicatedTableSettings,
} from '../protocol/settings/settings-schema.ts';

export interface TargetPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For whoever only reads tables. */
  readonly readOnly?: boolean | undefined;
}

/**
 * The shards of the target of a pipeline, in the order of the settings; none is connected yet.
 *
 * @throws ReplicationError ERG_8002 when there is no adapter for them
 */
export function openTargetShards(
  { driver, shards }: DatabaseSettings,
  pipeline: PipelineSettings,
  ports: TargetPorts,
): readonly TargetShard[] {
  if (driver !== 'mysql') {
    throw new ReplicationError(NO_ADAPTER, `there is no adapter for ${driver} yet`);
  }
  const primaryKeys = listPrimaryKeys(pipeline);
  const { marker, apply } = pipeline;
  return shards.map((server) =>
    openMysqlTargetShard({ ...ports, name: server.name, server, marker, primaryKeys, isForeign: !apply }),
  );
}

/** Keys of target tables that declare none, by their name at the target. */
export function listPrimaryKeys({ tables }: PipelineSettings): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [source, { target = source, primaryKey }] of Object.entries<ReplicatedTableSettings>(tables)) {
    if (primaryKey !== undefined) {
      keys.set(target, primaryKey);
    }
  }
  return keys;
}
