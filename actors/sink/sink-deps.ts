import type { ShardGate } from '../breaker/shard-gate.ts';
import type { RouteDeps } from '../route/route-deps.ts';
import type { FindingStore } from '../state/finding.ts';
import type { UnwrittenColumnStore } from '../state/unwritten-column-store.ts';
import type { RecordStream, RecordStreamEvents } from '../stream/record-stream.ts';
import type { RepairDeps } from './repair-deps.ts';

/** What a sink actor is made of; adapters are built by whoever starts it. */
export interface SinkDeps extends RouteDeps {
  /** Consumer group of this pipeline and partition; shown in the status. */
  readonly group: string;
  /** Generation of this place; a higher one fences all lower ones, at Kafka and at the target. */
  readonly placeEpoch: number;
  /** "<node>/<boot>", for people. */
  readonly owner: string;
  /** catch-up: reads the same partition a second time, in a group of its own. */
  readonly openStream: (events: RecordStreamEvents, purpose: 'sink' | 'catch-up') => RecordStream;
  /** By the name of the shard; undefined: a shard is tried at any time. */
  readonly gateOf?: ((shard: string) => ShardGate) | undefined;
  readonly findings: FindingStore;
  /** Undefined: the counters end with the sink. */
  readonly unwrittenColumns?: UnwrittenColumnStore | undefined;
  /** Undefined: the pipeline is not verified, and nobody asks for repairs. */
  readonly repair?: RepairDeps | undefined;
}
