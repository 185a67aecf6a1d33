import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { TableSnapshots } from '../catalog/table-snapshots.ts';
import type { SourceLookup } from '../source/source-lookup.ts';
import type { FindingStore } from '../state/finding.ts';
import type { UnwrittenColumnStore } from '../state/unwritten-column-store.ts';
import type { RecordStream, RecordStreamEvents } from '../stream/record-stream.ts';
import type { TargetShard } from '../target/target-shard.ts';

/** What a sink actor is made of; adapters are built by whoever starts it. */
export interface SinkDeps {
  readonly pipeline: string;
  readonly partition: number;
  readonly settings: PipelineSettings;
  /** Consumer group of this pipeline and partition; shown in the status. */
  readonly group: string;
  /** Generation of this place; a higher one fences all lower ones, at Kafka and at the target. */
  readonly placeEpoch: number;
  /** "<node>/<boot>", for people. */
  readonly owner: string;
  /** catch-up: reads the same partition a second time, in a group of its own. */
  readonly openStream: (events: RecordStreamEvents, purpose: 'sink' | 'catch-up') => RecordStream;
  /** In the order of the settings: the shard map counts on it. Closed by the actor. */
  readonly shards: readonly TargetShard[];
  /** By the name of the shard; undefined: a shard is tried at any time. */
  readonly gateOf?: ((shard: string) => ShardGate) | undefined;
  /** Of this pipeline; undefined: the sink reads its tables itself. */
  readonly snapshots?: TableSnapshots | undefined;
  /** @throws ReplicationError ERG_2102 */
  readonly openLookup: (resolver: string, database: string) => SourceLookup;
  readonly findings: FindingStore;
  /** Undefined: the counters end with the sink. */
  readonly unwrittenColumns?: UnwrittenColumnStore | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}
