import type { PipelineSettings, ReplicatedTableSettings } from '../../protocol/settings/settings-schema.ts';
import { ShardCatalog } from './shard-catalog.ts';
import { moduloShards, type ShardMap, singleShard } from './shard-map.ts';
import { ShardRoute } from './shard-route.ts';
import type { SinkDeps } from './sink-deps.ts';
import { TableRoute } from './table-route.ts';
import type { UnwrittenColumns } from './unwritten-columns.ts';

export function buildShardMap({ target }: PipelineSettings, shards: number): ShardMap {
  return target.shardBy === 'modulo' ? moduloShards(shards) : singleShard;
}

export function buildCatalogs({
  settings,
  shards,
  snapshots,
}: Pick<SinkDeps, 'settings' | 'shards' | 'snapshots'>): readonly ShardCatalog[] {
  const ignored = new Map(
    Object.entries(settings.tables).map(([name, table]) => [targetName(name, table), new Set(table.ignoreColumns)]),
  );
  return shards.map((shard) => new ShardCatalog(shard, ignored, snapshots));
}

/** By the name of the table at the source. */
export function buildTableRoutes(
  settings: PipelineSettings,
  catalogs: readonly ShardCatalog[],
  unwritten: UnwrittenColumns,
): ReadonlyMap<string, TableRoute> {
  const markerNames = new Set(Object.values(settings.marker));
  const routes = Object.entries(settings.tables).map(([name, table], ordinal) => {
    const shards = catalogs.map(
      (catalog) =>
        new ShardRoute({
          sourceTable: name,
          targetTable: targetName(name, table),
          catalog,
          markerNames,
          ignoredNames: new Set(table.ignoreColumns),
          unwritten,
        }),
    );
    const { latencyColumn } = settings;
    return [name, new TableRoute({ name, ordinal, settings: table, latencyColumn, shards })] as const;
  });
  return new Map(routes);
}

export function targetName(name: string, { target }: ReplicatedTableSettings): string {
  return target ?? name;
}

/** Of the pipeline, each once. */
export function listResolvers({ settings }: SinkDeps): readonly string[] {
  const names = Object.values(settings.tables).flatMap(({ findCkey }) =>
    findCkey === undefined ? [] : [findCkey.resolver],
  );
  return [...new Set(names)];
}
