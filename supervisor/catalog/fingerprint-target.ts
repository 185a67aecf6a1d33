import type { DatabaseSettings, PipelineSettings } from '../../protocol/settings/settings-schema.ts';

/**
 * What the shapes of a shard's tables depend on besides the target: two processes with the same have the same idea of what is
 * to be read, from where.
 */
export function fingerprintTarget(
  { tables }: Pick<PipelineSettings, 'tables'>,
  { host, port, database }: DatabaseSettings['shards'][number],
): string {
  const wanted = Object.entries(tables).map(([name, { target = name, primaryKey = null }]) => [target, primaryKey]);
  return JSON.stringify([host, port, database, wanted]);
}
