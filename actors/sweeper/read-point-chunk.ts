/** Chunks of a table that is read row by row; see choose-way.ts. */
import type { Cell } from '../../protocol/change/cell.ts';
import { encodeRowKey, type RowKeyPlan } from '../../protocol/change/row-key.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf } from '../../protocol/verify/row-name.ts';
import { planTableKey } from '../catalog/plan-table-key.ts';
import { deriveSourceKey } from '../row/derive-source-key.ts';
import type { RowPlacement } from '../row/row-placer.ts';
import type { StoredRow } from '../row/row-reader.ts';
import {
  type Candidate,
  type Chunk,
  type ChunkMeans,
  isPlacedAt,
  nameCandidates,
  placeRows,
  readPage,
} from './chunk.ts';
import { compareRows, type ExpectedRow } from './compare-rows.ts';
import type { SweepPlace } from './sweep-place.ts';
import type { SweptTarget } from './swept-table.ts';

/** Rows of the source, each looked for at the target: finds missing and different ones. @param next behind the last row */
export async function readSourceChunk(
  means: ChunkMeans,
  after: readonly Cell[] | undefined,
  next: SweepPlace | undefined,
): Promise<Chunk> {
  const { sides, table, span, limit } = means;
  const page = await readPage(sides.source, table.source, { ...span, after, through: span.through, limit });
  const { isChosen } = span;
  const rows = isChosen === undefined ? page.rows : page.rows.filter(isChosen);
  const { byShard, unplaced } = await placeRows(means, rows);
  const candidates: Candidate[] = [];
  let targetRows = 0;
  for (const target of table.targets) {
    const expected = byShard.get(target.database.name) ?? new Map<string, ExpectedRow>();
    const found = await findTargets(target, expected);
    targetRows += found.size;
    const differences = compareRows(target.shape, { expected, found }, sides.compare);
    candidates.push(...nameCandidates(means, target, { ...differences, extra: [] }));
  }
  return {
    next: page.last === undefined ? next : { side: { of: 'source' }, key: table.source.primaryKey, after: page.last },
    rows: rows.length,
    targetRows,
    unplaced,
    candidates,
  };
}

async function findTargets(
  { database, shape }: SweptTarget,
  expected: ReadonlyMap<string, ExpectedRow>,
): Promise<ReadonlyMap<string, StoredRow>> {
  if (expected.size === 0) {
    return new Map();
  }
  const keys = [...expected.values()].map(({ placed }) => placed.keyCells);
  return await database.reader.readMany(shape, keys);
}

/** Rows of one shard, each looked for at the source: finds those that do not belong there. */
export async function readTargetChunk(
  means: ChunkMeans,
  target: SweptTarget,
  { after, next }: { readonly after: readonly Cell[] | undefined; readonly next: SweepPlace | undefined },
): Promise<Chunk> {
  const { database, shape } = target;
  const page = await readPage(database, shape, { after, through: undefined, limit: means.limit });
  const { extra, unplaced } = await findExtra(means, target, page.rows);
  return {
    next:
      page.last === undefined
        ? next
        : { side: { of: 'target', shard: database.name }, key: shape.primaryKey, after: page.last },
    rows: 0,
    targetRows: page.rows.length,
    unplaced,
    candidates: nameCandidates(means, target, { missing: [], different: [], extra }),
  };
}

async function findExtra(
  means: ChunkMeans,
  { database }: SweptTarget,
  rows: readonly StoredRow[],
): Promise<{ readonly extra: readonly StoredRow[]; readonly unplaced: number }> {
  const { table, sides } = means;
  const plan = planTableKey(table.source);
  const keyed = rows.map((row) => ({
    row,
    cells: cellsOf(deriveSourceKey(table.source.primaryKey, row.image, table.filled) ?? []),
  }));
  const asked = keyed.flatMap(({ cells }) => (cells.length === 0 ? [] : [cells]));
  const sources =
    asked.length === 0 ? new Map<string, StoredRow>() : await sides.source.reader.readMany(table.source, asked);
  const placements = await placeEach(means, sources);
  const extra: StoredRow[] = [];
  let unplaced = 0;
  for (const { row, cells } of keyed) {
    const placement = placements.get(encodeIfCan(plan, cells));
    if (placement instanceof ReplicationError) {
      unplaced += 1;
    } else if (!isPlacedAt(placement?.get(database.name), row.key)) {
      extra.push(row);
    }
  }
  return { extra, unplaced };
}

/** A key that is none at the source names no row there. */
function encodeIfCan(plan: RowKeyPlan, cells: readonly Cell[]): string {
  try {
    return encodeRowKey(plan, cells);
  } catch (error) {
    if (error instanceof ReplicationError && error.class === 'row') {
      return '';
    }
    throw error;
  }
}

async function placeEach(
  { sides, table }: ChunkMeans,
  sources: ReadonlyMap<string, StoredRow>,
): Promise<ReadonlyMap<string, RowPlacement | ReplicationError>> {
  const placements = await sides.placer.place(
    table.name,
    [...sources.values()].map(({ image }) => image),
  );
  const transient = placements.find((one) => one instanceof ReplicationError && one.class !== 'row');
  if (transient instanceof ReplicationError) {
    throw transient;
  }
  return new Map(
    [...sources.keys()].flatMap((key, index) => {
      const placement = placements[index];
      return placement === undefined ? [] : [[key, placement] as const];
    }),
  );
}
