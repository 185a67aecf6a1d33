/** One step of the sweep of a table, and the rows of it that are not, at first sight, what they should be. */
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { KeyCell, RowName } from '../../protocol/verify/row-name.ts';
import { deriveSourceKey } from '../row/derive-source-key.ts';
import type { PlacedRow } from '../row/row-placer.ts';
import type { StoredRow } from '../row/row-reader.ts';
import { isUnreadable } from '../row/unreadable-cell.ts';
import type { ExpectedRow, RowDifferences } from './compare-rows.ts';
import type { RowOwner } from './row-owner.ts';
import type { SweepPlace } from './sweep-place.ts';
import type { SweepSides, SweptDatabase } from './sweep-sides.ts';
import type { SweptTable, SweptTarget } from './swept-table.ts';

export interface Chunk {
  /** Undefined: the table ends with it. */
  readonly next: SweepPlace | undefined;
  readonly rows: number;
  readonly targetRows: number;
  /** Rows that nothing tells a place of. */
  readonly unplaced: number;
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly row: RowName;
  /** Partition of its changes; undefined when nothing tells. */
  readonly owner: number | undefined;
}

export interface ChunkMeans {
  readonly sides: SweepSides;
  readonly table: SweptTable;
  readonly owner: RowOwner;
  readonly span: SweepSpan;
  /** Of the source; a shard may give twice as many. */
  readonly limit: number;
}

/** The rows of the source that are swept. */
export interface SweepSpan {
  /** Included. */
  readonly from?: readonly Cell[] | undefined;
  readonly through?: readonly Cell[] | undefined;
  /** Of those, the ones that count; undefined: all. */
  readonly isChosen?: ((row: StoredRow) => boolean) | undefined;
}

export interface RowPage {
  readonly rows: readonly StoredRow[];
  /** Key of the last row when there may be more behind it. */
  readonly last: readonly Cell[] | undefined;
}

export async function readPage(
  { reader }: SweptDatabase,
  shape: SweptTable['source'],
  range: {
    readonly from?: SweepSpan['from'];
    readonly after: SweepSpan['from'];
    readonly through: SweepSpan['from'];
    readonly limit: number;
  },
): Promise<RowPage> {
  const { from, after = from, through, limit } = range;
  const isFirst = range.after === undefined && from !== undefined;
  const first = isFirst ? [...(await reader.readMany(shape, [from])).values()] : [];
  const rows = await reader.readRange(shape, { after, through, limit });
  if (rows.length < limit) {
    return { rows: [...first, ...rows], last: undefined };
  }
  // Nothing can be asked for from behind a key that cannot be shown: the next page begins before it.
  const end = rows.findLastIndex(({ keyCells }) => !keyCells.some(isUnreadable)) + 1;
  if (end === 0) {
    throw new ReplicationError('ERG_4101', `table ${shape.name}: ${limit} rows in a row have keys without characters`);
  }
  return { rows: [...first, ...rows.slice(0, end)], last: rows[end - 1]?.keyCells };
}

export interface PlacedRows {
  /** By shard, then by key at the target. */
  readonly byShard: ReadonlyMap<string, ReadonlyMap<string, ExpectedRow>>;
  readonly unplaced: number;
}

/** @throws ReplicationError when a place may be told later */
export async function placeRows({ sides, table }: ChunkMeans, rows: readonly StoredRow[]): Promise<PlacedRows> {
  const byShard = new Map(sides.shards.map(({ name }) => [name, new Map<string, ExpectedRow>()]));
  let unplaced = 0;
  const placements = await sides.placer.place(
    table.name,
    rows.map(({ image }) => image),
  );
  for (const [index, placement] of placements.entries()) {
    const source = rows[index];
    if (source === undefined || placement instanceof ReplicationError) {
      throwUnlessFinal(placement);
      unplaced += 1;
      continue;
    }
    for (const [shard, placed] of placement) {
      if (placed instanceof ReplicationError) {
        throwUnlessFinal(placed);
        unplaced += 1;
      } else {
        byShard.get(shard)?.set(placed.key, { source, placed });
      }
    }
  }
  return { byShard, unplaced };
}

function throwUnlessFinal(error: unknown): void {
  if (error instanceof ReplicationError && error.class !== 'row') {
    throw error;
  }
}

export function nameCandidates(
  { table, owner }: Pick<ChunkMeans, 'table' | 'owner'>,
  target: SweptTarget,
  { missing, extra, different }: RowDifferences,
): readonly Candidate[] {
  const shard = target.database.name;
  const nameExpected = ({ source, placed }: ExpectedRow): RowName => ({
    table: table.name,
    shard,
    rowKey: placed.key,
    targetKey: nameKey(placed.table.primaryKey, placed.keyCells) ?? [],
    sourceKey: nameKey(table.source.primaryKey, source.keyCells) ?? [],
  });
  const ownerOf = ({ image }: StoredRow) => owner.find(table.name, image);
  const expected = [...missing, ...different];
  return [
    ...expected.map((row) => ({ row: nameExpected(row), owner: ownerOf(row.source) })),
    ...extra.map((row) => ({ row: nameExtra(table, target, row), owner: ownerOf(row) })),
  ];
}

function nameExtra({ name, source, filled }: SweptTable, { database, shape }: SweptTarget, row: StoredRow): RowName {
  return {
    table: name,
    shard: database.name,
    rowKey: row.key,
    targetKey: nameKey(shape.primaryKey, row.keyCells) ?? [],
    sourceKey: deriveSourceKey(source.primaryKey, row.image, filled) ?? [],
  };
}

function nameKey(columns: readonly string[], cells: readonly (Cell | undefined)[]): readonly KeyCell[] | undefined {
  const named: KeyCell[] = [];
  for (const [index, column] of columns.entries()) {
    const cell = cells[index];
    if (typeof cell !== 'string') {
      return undefined;
    }
    named.push([column, cell]);
  }
  return named;
}

export function isPlacedAt(placed: PlacedRow | ReplicationError | undefined, key: string): boolean {
  return placed !== undefined && !(placed instanceof ReplicationError) && placed.key === key;
}
