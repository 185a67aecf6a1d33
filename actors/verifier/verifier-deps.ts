import type { ShardGate } from '../breaker/shard-gate.ts';
import type { RouteDeps } from '../route/route-deps.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { RowWitness } from '../row/row-witness.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import type { SourceMarks } from '../source/source-marks.ts';
import type { FindingIndex } from '../state/finding.ts';
import type { UnverifiedRangeStore } from '../state/unverified-range.ts';
import type { CommittedOffset, RecordStream, RecordStreamEvents } from '../stream/record-stream.ts';

/**
 * What a verifier actor is made of. Adapters are built by whoever starts it; the actor closes its shards and its streams,
 * the rest is closed by its builder when the actor has ended.
 */
export interface VerifierDeps extends RouteDeps {
  readonly environment: string;
  /** Consumer group of this pipeline and partition; shown in the status. */
  readonly group: string;
  /** Generation of this place; a higher one takes the partition from all lower ones. */
  readonly placeEpoch: number;
  /** range: reads the same partition a second time, in a group of its own. */
  readonly openStream: (events: RecordStreamEvents, purpose: 'verifier' | 'range') => RecordStream;
  /**
   * What the sink of the partition has committed, with its note; undefined when nothing. No such function: there is no sink,
   * another tool writes the target. @throws ReplicationError
   */
  readonly readSink: (() => Promise<CommittedOffset | undefined>) | undefined;
  /** By the name of the shard; undefined: a shard is read at any time. */
  readonly gateOf?: ((shard: string) => Pick<ShardGate, 'refusal' | 'known' | 'sawSilence' | 'sawFailure'>) | undefined;
  /** The first look, by the name of the shard: a replica where there is one that can be read. */
  readonly readerOf: (shard: string) => Pick<RowReader, 'readMany'>;
  /** The second one, on the primaries of both sides. */
  readonly witness: RowWitness;
  /** Asked for the primary keys of the tables at the source, and for nothing else. */
  readonly source: Pick<RowReader, 'readTables'>;
  readonly marks: SourceMarks;
  readonly ranges: UnverifiedRangeStore;
  /** What the sink could not apply either. */
  readonly findings: FindingIndex;
  /** Recovery hears of wrong rows through it. */
  readonly bus: MessageBus;
}
