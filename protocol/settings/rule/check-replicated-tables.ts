import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings, ReplicatedTableSettings } from '../settings-schema.ts';

const SHARD_KEY_WAYS = ['shardKey', 'shardKeys', 'findCkey'] as const;

export function checkReplicatedTables(name: string, pipeline: PipelineSettings): Complaint[] {
  const tables = Object.entries(pipeline.tables);
  if (tables.length === 0) {
    return [{ path: ['pipelines', name, 'tables'], expected: 'at least one table', got: 'none' }];
  }
  return [
    ...checkMarkers(name, pipeline),
    ...tables.flatMap(([tableName, table]) => {
      const path = ['pipelines', name, 'tables', tableName];
      return [...checkShardKey(path, pipeline, table), ...checkIgnored(path, pipeline, table)];
    }),
  ];
}

function checkShardKey(
  path: readonly string[],
  { target }: PipelineSettings,
  table: ReplicatedTableSettings,
): Complaint[] {
  const ways = SHARD_KEY_WAYS.filter((way) => table[way] !== undefined);
  if (ways.length > 1) {
    const got = ways.length === 2 ? 'both' : 'all three';
    return [{ path, expected: ways.join(' or '), got, hint: 'leaving one in' }];
  }
  if (ways.length === 0 && target.shardBy !== 'single') {
    const expected = 'shardKey, shardKeys or findCkey, since the target is sharded';
    return [{ path, expected, got: 'none', hint: 'shardKey: <column with the shard key>' }];
  }
  return [];
}

/** A column that decides where or whether a row is written cannot be left out of it. */
function checkIgnored(
  path: readonly string[],
  { marker }: PipelineSettings,
  table: ReplicatedTableSettings,
): Complaint[] {
  const needed = new Map<string | undefined, string>([
    ...Object.values(marker).map((column) => [column, 'a marker column'] as const),
    [table.findCkey?.by, 'the column of findCkey'],
    ...listShardKeys(table).map((column) => [column, 'the shard key'] as const),
    ...Object.keys(table.columnReplace).map((column) => [column, 'filled by columnReplace'] as const),
    ...(table.primaryKey ?? []).map((column) => [column, 'part of the primary key'] as const),
  ]);
  return table.ignoreColumns.flatMap((column, index) => {
    const use = needed.get(column);
    const expected = 'columns that ergate does not need';
    return use === undefined ? [] : [{ path: [...path, 'ignoreColumns', index], expected, got: `${column}, ${use}` }];
  });
}

/** Columns of a change whose values are its shard keys. */
export function listShardKeys({ shardKey, shardKeys }: ReplicatedTableSettings): readonly string[] {
  return shardKey === undefined ? (shardKeys ?? []) : [shardKey];
}

function checkMarkers(name: string, { marker }: PipelineSettings): Complaint[] {
  const columns = Object.values(marker);
  // Servers of the MySQL family do not tell column names apart by their case.
  if (new Set(columns.map((column) => column.toLowerCase())).size === columns.length) {
    return [];
  }
  return [{ path: ['pipelines', name, 'marker'], expected: 'three different columns', got: columns.join(', ') }];
}
