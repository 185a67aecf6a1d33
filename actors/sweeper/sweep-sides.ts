import type { RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { RowPlacer } from '../row/row-placer.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { RowWitness } from '../row/row-witness.ts';
import type { TableShapes } from '../row/table-shapes.ts';

/** One database as the sweep reads it. */
export interface SweptDatabase {
  /** Of the shard, or of the source database. */
  readonly name: string;
  readonly reader: RowReader;
  readonly shapes: Pick<TableShapes, 'find' | 'renew' | 'outdate'>;
}

/** Names of the columns at the target that are not as expected; none when the row is right. */
export type CompareFunc = (table: TableShape, expected: RowImage, actual: RowImage) => readonly string[];

/** What a sweep compares, and with what. Closed by whoever made it. */
export interface SweepSides {
  readonly source: SweptDatabase;
  readonly shards: readonly SweptDatabase[];
  readonly placer: Pick<RowPlacer, 'place' | 'placeEverywhere'>;
  /** Columns of a table whose values are looked up. */
  readonly filledOf: (table: string) => ReadonlySet<string>;
  readonly witness: RowWitness;
  readonly compare: CompareFunc;
}
