import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { openTargetShards } from '../open-target-shards.ts';
import type { WatchedShard } from './catalog-service.ts';
import { fingerprintTarget } from './fingerprint-target.ts';

/** Every shard of the target of every pipeline, with the tables that its sinks write. */
export function listWatchedShards(
  { pipelines, databases }: Settings,
  ports: { readonly clock: Clock; readonly logger: Logger },
): readonly WatchedShard[] {
  return Object.entries(pipelines).flatMap(([pipeline, settings]) => {
    const database = databases[settings.target.database];
    const tables = Object.entries(settings.tables).map(([name, { target }]) => target ?? name);
    if (database === undefined) {
      return [];
    }
    const fingerprints = database.shards.map((server) => fingerprintTarget(settings, server));
    return openTargetShards(database, settings, ports).map((shard, index) => ({
      pipeline,
      fingerprint: fingerprints[index] ?? '',
      shard,
      tables,
    }));
  });
}
