import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { TableSnapshots } from '../catalog/table-snapshots.ts';
import type { SourceLookup } from '../source/source-lookup.ts';
import type { TargetShard } from '../target/target-shard.ts';

/** What it takes to tell where the changes of a pipeline go; adapters are built by whoever starts the actor. */
export interface RouteDeps {
  readonly pipeline: string;
  readonly partition: number;
  readonly settings: PipelineSettings;
  /** In the order of the settings: the shard map counts on it. Closed by the actor. */
  readonly shards: readonly TargetShard[];
  /** Of this pipeline; undefined: the tables are read by who needs them. */
  readonly snapshots?: TableSnapshots | undefined;
  /** @throws ReplicationError ERG_2102 */
  readonly openLookup: (resolver: string, database: string) => SourceLookup;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}
