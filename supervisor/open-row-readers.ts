/** Readers of the rows of a target as they are now: for verifiers, sweepers and whoever looks at single rows. */
import type { ShardGate } from '../actors/breaker/shard-gate.ts';
import { GatedRowReader } from '../actors/row/gated-row-reader.ts';
import { MysqlRowReader } from '../actors/row/mysql-row-reader.ts';
import type { RowReader } from '../actors/row/row-reader.ts';
import type { MysqlServer } from '../actors/runtime/mysql-connection.ts';
import { MysqlPool } from '../actors/runtime/mysql-pool.ts';
import { codeMysqlError } from '../actors/target/mysql/mysql-errors.ts';
import type { Clock } from '../protocol/clock.ts';
import { ReplicationError } from '../protocol/errors/replication-error.ts';
import { NO_ADAPTER } from '../protocol/settings/list-refused-pipelines.ts';
import type { DatabaseSettings, PipelineSettings } from '../protocol/settings/settings-schema.ts';
import { listPrimaryKeys } from './open-target-shards.ts';

export interface ShardReaders {
  /** Of the shard. */
  readonly name: string;
  /** Before any verdict. */
  readonly primary: RowReader;
  /** For a first look that decides nothing: the replica, or the primary where there is none. */
  readonly first: RowReader;
}

/** Of the target. */
export interface ShardGates {
  readonly gateOf: (shard: string) => ShardGate;
  readonly clock: Clock;
}

const OPEN_DEADLINE_MS = 5_000;
/** Where nothing is verified, single rows are looked at. */
const DEFAULT_CONCURRENCY = 2;

/**
 * Of each shard in the order of the settings; none is connected yet. Whoever opens them closes both of each.
 *
 * @param gates a replica has none: that it fails says nothing of its primary. Undefined for whoever looks at rows by hand
 * @throws ReplicationError ERG_8002 when there is no adapter for them
 */
export function openRowReaders(
  { driver, shards }: DatabaseSettings,
  pipeline: PipelineSettings,
  gates?: ShardGates,
): readonly ShardReaders[] {
  if (driver !== 'mysql') {
    throw new ReplicationError(NO_ADAPTER, `there is no adapter for ${driver} yet`);
  }
  const primaryKeys = listPrimaryKeys(pipeline);
  // One more than first looks take: the look that decides must not wait for them.
  const maxConnections = (pipeline.verification?.concurrency ?? DEFAULT_CONCURRENCY) + 1;
  const open = (shard: string, server: MysqlServer): RowReader =>
    new MysqlRowReader({
      pool: new MysqlPool({ server, maxConnections, openDeadlineMs: OPEN_DEADLINE_MS, readOnly: true }),
      database: server.database,
      primaryKeys,
      // A reading that got no answer has done nothing, whether it was sent or not.
      codeError: (error, doing) => codeMysqlError(error, { doing, sent: false, shard }),
    });
  return shards.map((server) => {
    const { name, replica } = server;
    const reader = open(name, server);
    const primary =
      gates === undefined ? reader : new GatedRowReader({ reader, gate: gates.gateOf(name), clock: gates.clock });
    return {
      name,
      primary,
      first: replica === undefined ? primary : open(`${name} replica`, { ...server, ...replica }),
    };
  });
}

/** Keys of source tables that declare none: for the row reader of a source database. */
export function listSourceKeys({ tables }: PipelineSettings): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(tables).flatMap(([name, { primaryKey }]) => (primaryKey === undefined ? [] : [[name, primaryKey]])),
  );
}
