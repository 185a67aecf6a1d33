import type { RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import type { ShardChange } from '../target/target-shard.ts';
import type { PlacedEntry } from './place-change.ts';

/** One row change on its way through a lane: what the target needs, and what is needed to settle it or to store it. */
export interface LaneEntry extends ShardChange {
  /** Of the ledger. */
  readonly slot: number;
  /** For a finding: the record as it came. */
  readonly record: StreamRecord;
  readonly payloadIndex: number;
  /** Source changes that it stands for: more than one when changes of one record were folded. */
  readonly changes: number;
  /** An upsert that leaves no column of an older row behind. */
  readonly coversRow: boolean;
  /** Share of the record's bytes, for the limit of a batch. */
  readonly bytes: number;
  /** Moment of the source commit as its writer stamped it, wall ms; NaN when unknown. */
  readonly stampMs: number;
  /** Monotonic, ms. */
  readonly arrivedMs: number;
  /** The entry behind it in the lane belongs to the same change (a primary-key change) and to the same transaction. */
  readonly withNext: boolean;
  /** Names the primary-key changes that it is a half of: what shares one is written together or refused together. */
  readonly ties?: readonly string[] | undefined;
  /** What may be pushed only when this one is written; counted in the ledger already. */
  readonly followers?: readonly PlacedEntry[] | undefined;
}

/** The same entry with another image or table; for the rare paths. */
export function withImage(entry: LaneEntry, image: RowImage): LaneEntry {
  return { ...entry, image };
}

export function withTable(entry: LaneEntry, table: TableShape): LaneEntry {
  return { ...entry, table };
}
