import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { listRefusedPipelines } from '../../protocol/settings/list-refused-pipelines.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { openTargetShards } from '../open-target-shards.ts';
import type { WatchedShard } from './catalog-service.ts';
import { fingerprintTarget } from './fingerprint-target.ts';

/** Every shard of the target of every pipeline that can be run, with the tables that its sinks write. */
export function listWatchedShards(
  settings: Pick<Settings, 'pipelines' | 'databases'>,
  ports: { readonly clock: Clock; readonly logger: Logger },
): readonly WatchedShard[] {
  const refused = listRefusedPipelines(settings);
  return Object.entries(settings.pipelines).flatMap(([pipeline, own]) => {
    const database = settings.databases[own.target.database];
    const tables = Object.entries(own.tables).map(([name, { target }]) => target ?? name);
    if (database === undefined || refused.has(pipeline)) {
      return [];
    }
    const fingerprints = database.shards.map((server) => fingerprintTarget(own, server));
    return openTargetShards(database, own, { ...ports, readOnly: true }).map((shard, index) => ({
      pipeline,
      fingerprint: fingerprints[index] ?? '',
      shard,
      tables,
    }));
  });
}
