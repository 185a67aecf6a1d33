/** Look-ups of a pipeline: the resolver exists and fits its place, so that a wrong name is seen before anything starts. */
import { isResolverName, RESOLVER_NAMES, RESOLVERS } from '../../route/resolver-catalogue.ts';
import { findNearestWord } from '../nearest-word.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { SettingsPath } from '../settings-node.ts';
import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings, ReplicatedTableSettings } from '../settings-schema.ts';
import { checkDatabaseName } from './check-reference.ts';
import { listShardKeys } from './check-replicated-tables.ts';

export function checkLookups(draft: SettingsDraft, name: string, pipeline: PipelineSettings): Complaint[] {
  const ofTables = Object.entries(pipeline.tables).flatMap(([tableName, table]) => {
    const path = ['pipelines', name, 'tables', tableName];
    return [
      ...(table.findCkey === undefined ? [] : checkResolver([...path, 'findCkey'], table.findCkey.resolver)),
      ...Object.entries(table.columnReplace).flatMap(([column, { resolver, database }]) => {
        const place = [...path, 'columnReplace', column];
        return [
          ...checkResolver(place, resolver),
          ...checkSingleAnswer(place, resolver),
          ...checkColumn(place, { column, pipeline, table }),
          ...(database === undefined ? [] : checkDatabase(draft, [...place, 'database'], database)),
        ];
      }),
    ];
  });
  return [...ofTables, ...checkSource(draft, name, pipeline)];
}

/** A look-up asks one server, and would miss what is on the others. */
function checkSource(draft: SettingsDraft, name: string, { source, tables }: PipelineSettings): Complaint[] {
  const isAsked = Object.values(tables).some(
    ({ findCkey, columnReplace }) =>
      findCkey !== undefined || Object.values(columnReplace).some(({ database }) => database === undefined),
  );
  return isAsked ? checkShards(draft, ['pipelines', name, 'source', 'database'], source.database) : [];
}

function checkResolver(path: SettingsPath, name: string): Complaint[] {
  if (isResolverName(name)) {
    return [];
  }
  const expected = `one of the resolvers ${RESOLVER_NAMES.join(', ')}`;
  const hint = findNearestWord(name, RESOLVER_NAMES);
  return [{ path: [...path, 'resolver'], expected, got: name, hint, code: 'ERG_2102' }];
}

function checkSingleAnswer(path: SettingsPath, name: string): Complaint[] {
  if (!isResolverName(name) || RESOLVERS[name].answers === 'one') {
    return [];
  }
  const expected = 'a resolver with one answer, since a column has one value';
  return [{ path: [...path, 'resolver'], expected, got: `${name}, which has many`, code: 'ERG_2102' }];
}

/** A column that decides where or whether a row is written must be what the change says. */
function checkColumn(
  path: SettingsPath,
  {
    column,
    pipeline,
    table,
  }: { readonly column: string; readonly pipeline: PipelineSettings; readonly table: ReplicatedTableSettings },
): Complaint[] {
  const uses = new Map<string | undefined, string>([
    ...Object.values(pipeline.marker).map((marker) => [marker, 'a marker column'] as const),
    [table.findCkey?.by, 'the column of findCkey'],
    ...listShardKeys(table).map((key) => [key, 'the shard key'] as const),
    ...(table.primaryKey ?? []).map((key) => [key, 'part of the primary key'] as const),
  ]);
  const use = uses.get(column);
  const expected = 'a column that ergate does not need itself';
  return use === undefined ? [] : [{ path, expected, got: `${column}, ${use}` }];
}

function checkDatabase(draft: SettingsDraft, path: SettingsPath, name: string): Complaint[] {
  return [...checkDatabaseName(draft, path, name), ...checkShards(draft, path, name)];
}

function checkShards(draft: SettingsDraft, path: SettingsPath, name: string): Complaint[] {
  const shards = draft.databases.get(name)?.shards.length ?? 1;
  const expected = 'a database with one shard, since look-ups ask it';
  return shards === 1 ? [] : [{ path, expected, got: `${name} with ${shards}` }];
}
