import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings, ReplicatedTableSettings } from '../settings-schema.ts';

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
  const ways = Number(table.shardKey !== undefined) + Number(table.findCkey !== undefined);
  if (ways === 2) {
    return [{ path, expected: 'shardKey or findCkey', got: 'both', hint: 'leaving one out' }];
  }
  if (ways === 0 && target.shardBy === 'modulo') {
    const expected = 'shardKey or findCkey, since the target is sharded';
    return [{ path, expected, got: 'neither', hint: 'shardKey: <column with the shard key>' }];
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
    [table.shardKey, 'the shard key'],
    ...(table.primaryKey ?? []).map((column) => [column, 'part of the primary key'] as const),
  ]);
  return table.ignoreColumns.flatMap((column, index) => {
    const use = needed.get(column);
    const expected = 'columns that ergate does not need';
    return use === undefined ? [] : [{ path: [...path, 'ignoreColumns', index], expected, got: `${column}, ${use}` }];
  });
}

function checkMarkers(name: string, { marker }: PipelineSettings): Complaint[] {
  const columns = Object.values(marker);
  // Servers of the MySQL family do not tell column names apart by their case.
  if (new Set(columns.map((column) => column.toLowerCase())).size === columns.length) {
    return [];
  }
  return [{ path: ['pipelines', name, 'marker'], expected: 'three different columns', got: columns.join(', ') }];
}
