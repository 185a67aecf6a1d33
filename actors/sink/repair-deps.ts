import type { FindPartitionFunc } from '../row/find-partition.ts';
import type { RowAnchor } from '../row/row-anchor.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { RowWitness } from '../row/row-witness.ts';
import type { MessageBus } from '../runtime/message-bus.ts';

/** What a sink needs to repair rows; built and closed by whoever starts it. */
export interface RepairDeps {
  /** On which repairs are asked for. */
  readonly bus: MessageBus;
  readonly environment: string;
  readonly witness: RowWitness;
  readonly anchor: RowAnchor;
  /** Undefined: nothing tells, and every row is taken for one of the own partition. */
  readonly findPartition?: FindPartitionFunc | undefined;
  /** Columns of the record key by table at the source; a table is missing when nobody can tell (records of another maker). */
  readonly recordKeys: ReadonlyMap<string, readonly string[]>;
  /** Of the primaries of the target, by shard; undefined: no row of theirs is ever damaged for a canary. */
  readonly readers?: ReadonlyMap<string, Pick<RowReader, 'readMany'>> | undefined;
}
