import type { PipelineSettings, ReplicatedTableSettings } from '../../protocol/settings/settings-schema.ts';
import { findQueue, isSingleAnswer, lookupId } from './build-lookups.ts';
import { ColumnFiller } from './column-filler.ts';
import type { KnownTables } from './known-tables.ts';
import type { RouteDeps } from './route-deps.ts';
import { type GuardFunc, ShardCatalog } from './shard-catalog.ts';
import { ShardRoute } from './shard-route.ts';
import { TableRoute, type TableRouteOptions } from './table-route.ts';
import type { UnwrittenColumns } from './unwritten-columns.ts';

/** @param guardOf by the name of the shard */
export function buildCatalogs(
  { settings, shards, snapshots }: Pick<RouteDeps, 'settings' | 'shards' | 'snapshots'>,
  guardOf?: (shard: string) => GuardFunc,
): readonly ShardCatalog[] {
  const ignored = new Map(
    Object.entries(settings.tables).map(([name, table]) => [targetName(name, table), new Set(table.ignoreColumns)]),
  );
  return shards.map((shard) => new ShardCatalog(shard, ignored, snapshots, guardOf?.(shard.name)));
}

/** By the name of the table at the source. */
export function buildTableRoutes(
  settings: PipelineSettings,
  catalogs: readonly KnownTables[],
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
          filledNames: new Set(Object.keys(table.columnReplace)),
          unwritten,
        }),
    );
    const { latencyColumn } = settings;
    const route = new TableRoute({ name, ordinal, latencyColumn, shards, ...describeLookups(settings, name, table) });
    return [name, route] as const;
  });
  return new Map(routes);
}

function describeLookups(
  settings: PipelineSettings,
  name: string,
  table: ReplicatedTableSettings,
): Pick<TableRouteOptions, 'shardKeys' | 'shardKeyLookup' | 'filler' | 'queue'> {
  const { source } = settings;
  const { shardKey, shardKeys, findCkey, columnReplace } = table;
  const fills = Object.entries(columnReplace).map(([column, { database = source.database, ...fill }]) => ({
    column,
    lookup: lookupId({ database, resolver: fill.resolver }),
    ...fill,
  }));
  return {
    shardKeys: shardKey === undefined ? (shardKeys ?? []) : [shardKey],
    shardKeyLookup:
      findCkey === undefined
        ? undefined
        : {
            lookup: lookupId({ database: source.database, resolver: findCkey.resolver }),
            isSingle: isSingleAnswer(findCkey.resolver),
            ...findCkey,
          },
    filler: fills.length === 0 ? undefined : new ColumnFiller(name, fills),
    queue: findQueue(settings, table),
  };
}

export function targetName(name: string, { target }: ReplicatedTableSettings): string {
  return target ?? name;
}
