/** A chunk of a table that is read by ranges; see choose-way.ts. */
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type Candidate, type Chunk, type ChunkMeans, nameCandidates, placeRows, readPage } from './chunk.ts';
import { compareRows } from './compare-rows.ts';
import type { SweptTarget } from './swept-table.ts';

const SIDE = { of: 'both' } as const;

/**
 * Where a shard has more rows in the range than may be held (somebody filled it, or the source was emptied), the range is cut
 * behind those that fit, and read again on all sides.
 */
export async function readRangeChunk(means: ChunkMeans, after: readonly Cell[] | undefined): Promise<Chunk> {
  const { table, span } = means;
  let through = span.through;
  // Each cut leaves one shard with no more than fit, so there is one for each at most, if the servers sort alike.
  for (let cuts = 0; cuts <= table.targets.length; cuts += 1) {
    const tried = await tryRange(means, after, through);
    if (!('cut' in tried)) {
      return tried;
    }
    through = tried.cut;
  }
  throw new ReplicationError('ERG_4101', `table ${table.name}: source and target do not sort its key alike`);
}

async function tryRange(
  means: ChunkMeans,
  after: readonly Cell[] | undefined,
  bound: readonly Cell[] | undefined,
): Promise<Chunk | { readonly cut: readonly Cell[] }> {
  const { sides, table, span, limit } = means;
  const { rows, last } = await readPage(sides.source, table.source, { from: span.from, after, through: bound, limit });
  const through = last ?? bound;
  const { byShard, unplaced } = await placeRows(means, rows);
  const candidates: Candidate[] = [];
  let targetRows = 0;
  for (const target of table.targets) {
    const page = await readTarget(means, target, { after, through });
    if (page.last !== undefined && !isSameKey(page.last, through)) {
      return { cut: page.last };
    }
    targetRows += page.rows.length;
    const expected = byShard.get(target.database.name) ?? new Map();
    candidates.push(
      ...nameCandidates(
        means,
        target,
        compareRows(target.shape, { expected, found: page.rows.map((row) => [row.key, row]) }, sides.compare),
      ),
    );
  }
  const isEnd = through === span.through;
  return {
    next: isEnd ? undefined : { side: SIDE, key: table.source.primaryKey, after: through },
    rows: rows.length,
    targetRows,
    unplaced,
    candidates,
  };
}

function readTarget(
  { span, limit }: ChunkMeans,
  { database, shape }: SweptTarget,
  { after, through }: { readonly after: readonly Cell[] | undefined; readonly through: readonly Cell[] | undefined },
) {
  return readPage(database, shape, { from: span.from, after, through, limit: 2 * limit });
}

function isSameKey(left: readonly Cell[], right: readonly Cell[] | undefined): boolean {
  return right?.every((cell, index) => cell === left[index]) === true;
}
