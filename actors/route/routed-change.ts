import type { Cell } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import type { ShardChange } from '../target/target-shard.ts';
import type { PlacedEntry } from './place-change.ts';

/** One row change on its way through a lane: what the target needs, and what is needed to settle it or to store it. */
export interface RoutedChange extends ShardChange {
  /** Of the row that the key names: the after image of an upsert, the before image of a delete. */
  readonly keyImage: RowImage;
  /** Where it is settled. */
  readonly ledger: OffsetLedger;
  readonly slot: number;
  /** For a finding: the record as it came. */
  readonly record: StreamRecord;
  readonly payloadIndex: number;
  /** Source changes that it stands for: more than one when changes of one record were folded. */
  readonly changes: number;
  /** Those, in their order, for a table in which they turn out not to be foldable. */
  readonly parts?: readonly RoutedChange[] | undefined;
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
export function withImage(entry: RoutedChange, image: RowImage): RoutedChange {
  return { ...entry, image };
}

/** What follows the whole follows its last part. */
export function partsOf(entry: RoutedChange): readonly RoutedChange[] {
  const { parts, followers } = entry;
  const last = parts?.at(-1);
  return parts === undefined || last === undefined ? [entry] : [...parts.slice(0, -1), { ...last, followers }];
}

/** The encoded key stays: it tells the rows of a batch apart, and who they stand for. */
export function withTable(entry: RoutedChange, table: TableShape): RoutedChange {
  return { ...entry, table, keyCells: findKeyCells(entry.keyImage, table) };
}

/** Fewer than the key has columns when the image lacks one. */
function findKeyCells({ layout, cells }: RowImage, { primaryKey }: TableShape): readonly Cell[] {
  return primaryKey.flatMap((column) => {
    const index = layout.indexByName.get(column);
    return index === undefined ? [] : [cells[index] ?? null];
  });
}
