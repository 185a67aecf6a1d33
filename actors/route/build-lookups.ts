/** What a pipeline looks up: each look-up once, and a queue for each set of them that a table needs. */
import { isResolverName, RESOLVERS } from '../../protocol/route/resolver-catalogue.ts';
import type { PipelineSettings, ReplicatedTableSettings } from '../../protocol/settings/settings-schema.ts';
import { type LookupListener, LookupQueue } from './lookup-queue.ts';
import type { RouteDeps } from './route-deps.ts';
import { ShardKeyMemory } from './shard-key-memory.ts';
import { SharedLookup } from './shared-lookup.ts';

export interface Lookups {
  /** All of them: whoever reads the stream shows them its changes. */
  readonly shared: ReadonlyMap<string, SharedLookup>;
  readonly queues: ReadonlyMap<string, LookupQueue>;
}

export interface LookupName {
  readonly database: string;
  readonly resolver: string;
}

/** @throws ReplicationError ERG_2102 */
export function buildLookups(deps: RouteDeps, listener: LookupListener): Lookups {
  const { settings, clock, openLookup } = deps;
  const tables = Object.values(settings.tables);
  const shardKeyLookups = new Set(tables.flatMap((table) => findShardKeyLookup(settings, table) ?? []));
  const shared = new Map(
    [...nameLookups(settings)].map(([id, { database, resolver }]) => {
      const lookup = openLookup(resolver, database);
      const memory = new ShardKeyMemory({ columns: lookup.learnFrom, isSingle: isSingleAnswer(resolver) });
      return [id, new SharedLookup({ lookup, memory: shardKeyLookups.has(id) ? memory : undefined, clock })];
    }),
  );
  const queues = new Map(
    tables.flatMap((table) => {
      const queue = findQueue(settings, table);
      const needed = new Map([...shared].filter(([id]) => queue?.split(' ').includes(id)));
      const options = { ...deps, ...listener, lookups: needed, giveUpAfterMs: settings.lookups.giveUpAfter };
      return queue === undefined ? [] : [[queue, new LookupQueue(options)]];
    }),
  );
  return { shared, queues };
}

/** All that the tables of the pipeline need, by id. */
export function nameLookups(settings: PipelineSettings): ReadonlyMap<string, LookupName> {
  const names = Object.values(settings.tables).flatMap((table) => listNames(settings, table));
  return new Map(names.map((name) => [lookupId(name), name]));
}

export function lookupId({ database, resolver }: LookupName): string {
  return `${database}/${resolver}`;
}

/** Two different answers of a key are an error, not two shards. */
export function isSingleAnswer(resolver: string): boolean {
  return isResolverName(resolver) && RESOLVERS[resolver].answers === 'one';
}

/** Name of the queue in which changes of the table wait: what they wait for. Undefined when they need no look-up. */
export function findQueue(settings: PipelineSettings, table: ReplicatedTableSettings): string | undefined {
  const ids = new Set(listNames(settings, table).map(lookupId));
  return ids.size === 0 ? undefined : [...ids].sort().join(' ');
}

function findShardKeyLookup({ source }: PipelineSettings, { findCkey }: ReplicatedTableSettings): string | undefined {
  return findCkey === undefined ? undefined : lookupId({ database: source.database, resolver: findCkey.resolver });
}

function listNames(
  { source }: PipelineSettings,
  { findCkey, columnReplace }: ReplicatedTableSettings,
): readonly LookupName[] {
  const fills = Object.values(columnReplace).map(({ database = source.database, resolver }) => ({
    database,
    resolver,
  }));
  return findCkey === undefined ? fills : [{ database: source.database, resolver: findCkey.resolver }, ...fills];
}
