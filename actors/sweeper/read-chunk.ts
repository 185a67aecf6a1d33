import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { Chunk, ChunkMeans, SweepSpan } from './chunk.ts';
import { readSourceChunk, readTargetChunk } from './read-point-chunk.ts';
import { readRangeChunk } from './read-range-chunk.ts';
import type { SweepPlace, SweepSide } from './sweep-place.ts';
import type { SweptTable, SweptTarget } from './swept-table.ts';

export function firstPlace({ way, source }: SweptTable, span: SweepSpan): SweepPlace {
  const side = { of: way === 'ranges' && span.isChosen === undefined ? 'both' : 'source' } as const;
  return { side, key: source.primaryKey, after: undefined };
}

export function readChunk(means: ChunkMeans, { side, after }: SweepPlace): Promise<Chunk> {
  switch (side.of) {
    case 'both':
      return readRangeChunk(means, after);
    case 'source':
      return readSourceChunk(means, after, placeOfTarget(means, 0));
    case 'target': {
      const index = findTarget(means.table, side.shard);
      const target = means.table.targets[index];
      if (target === undefined) {
        throw new ReplicationError('ERG_4101', `the target has no shard ${side.shard}`);
      }
      return readTargetChunk(means, target, { after, next: placeOfTarget(means, index + 1) });
    }
  }
}

/** Undefined behind the last, or when the target is not read by itself. */
function placeOfTarget({ table, span }: ChunkMeans, index: number): SweepPlace | undefined {
  const target = table.targets[index];
  return target === undefined || isPart(span) || !tellsSource(table)
    ? undefined
    : { side: { of: 'target', shard: target.database.name }, key: target.shape.primaryKey, after: undefined };
}

export function isPart({ from, through, isChosen }: SweepSpan): boolean {
  return from !== undefined || through !== undefined || isChosen !== undefined;
}

/** Whether rows of the target tell which row of the source they are of. */
export function tellsSource({
  source,
  targets,
  filled,
}: Pick<SweptTable, 'source' | 'filled'> & { readonly targets: readonly Pick<SweptTarget, 'shape'>[] }): boolean {
  return targets.every(({ shape }) =>
    source.primaryKey.every((column) => shape.columnByName.get(column)?.generated === false && !filled.has(column)),
  );
}

/** Whether a place can be gone on from, with the table as it is now. */
export function isPlaceOf(table: SweptTable, { side, key }: SweepPlace): boolean {
  return (side.of !== 'both' || table.way === 'ranges') && key.join() === findKey(table, side)?.join();
}

function findKey(table: SweptTable, side: SweepSide): TableShape['primaryKey'] | undefined {
  return side.of === 'target'
    ? table.targets[findTarget(table, side.shard)]?.shape.primaryKey
    : table.source.primaryKey;
}

function findTarget({ targets }: SweptTable, shard: string): number {
  return targets.findIndex(({ database }) => database.name === shard);
}
