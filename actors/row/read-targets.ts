import type { Cell } from '../../protocol/change/cell.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { LookSide, Reading } from './look-side.ts';

/** Asks one shard for one row. */
export interface TargetAsk {
  readonly side: LookSide;
  readonly table: TableShape;
  readonly key: readonly Cell[];
}

/** One reading per ask, in their order; all shards at once, and each for all of its rows. */
export async function readTargets(asks: readonly (TargetAsk | undefined)[]): Promise<readonly Reading[]> {
  const readings: Reading[] = asks.map(() => undefined);
  const bySide = Map.groupBy(asks.keys(), (index) => asks[index]?.side);
  await Promise.all(
    [...bySide].map(async ([side, indexes]) => {
      const [first] = indexes.flatMap((index) => asks[index] ?? []);
      if (side !== undefined && first !== undefined) {
        const found = await side.read(
          first.table,
          indexes.map((index) => asks[index]?.key ?? []),
        );
        for (const [at, index] of indexes.entries()) {
          readings[index] = found[at];
        }
      }
    }),
  );
  return readings;
}
