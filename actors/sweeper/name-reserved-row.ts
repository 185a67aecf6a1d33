import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf, type KeyCell, type RowName } from '../../protocol/verify/row-name.ts';
import type { Canary } from '../state/canary-store.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';
import { nameCandidates, placeRows } from './chunk.ts';
import type { RowOwner } from './row-owner.ts';
import type { SweepSides } from './sweep-sides.ts';
import type { SweptTable } from './swept-table.ts';

export type ReservedRow = Pick<Canary, 'row' | 'partition' | 'columns' | 'version'>;

export interface RowPlaces {
  readonly table: SweptTable;
  readonly owner: RowOwner;
  readonly marker: MarkerColumns;
}

/**
 * A reserved row as it is to be at the target, on the first of its shards.
 *
 * @param key at the source
 * @throws ReplicationError ERG_4108 when it cannot be a canary now; as the readers
 */
export async function nameReservedRow(
  sides: SweepSides,
  { table, owner, marker }: RowPlaces,
  key: readonly KeyCell[],
): Promise<ReservedRow> {
  const stored = (await sides.source.reader.readMany(table.source, [orderKey(table, key)])).values().next().value;
  if (stored === undefined) {
    throw unusable(table, key, 'is not at the source');
  }
  const { byShard } = await placeRows({ sides, table, owner, span: {}, limit: 1 }, [stored]);
  const [found] = table.targets.flatMap((target) =>
    [...(byShard.get(target.database.name)?.values() ?? [])].map((expected) => ({ target, expected })),
  );
  if (found === undefined) {
    throw unusable(table, key, 'belongs to no shard');
  }
  const { target, expected } = found;
  const [candidate] = nameCandidates({ table, owner }, target, { missing: [expected], different: [], extra: [] });
  if (candidate?.owner === undefined) {
    throw unusable(table, key, 'is in a partition that nothing tells, because another program writes the stream');
  }
  const { row, owner: partition } = candidate;
  const stands = await readAtTarget(table, row);
  const version = stands && findCell(stands, marker.version);
  return {
    row,
    partition,
    columns: expected.placed.image.layout.names,
    version: typeof version === 'string' ? version : null,
  };
}

/** As it is at the target now; undefined: it is not there. @throws ReplicationError as the readers */
export async function readAtTarget(
  { targets }: SweptTable,
  { shard, rowKey, targetKey }: Pick<RowName, 'shard' | 'rowKey' | 'targetKey'>,
): Promise<RowImage | undefined> {
  const target = targets.find(({ database }) => database.name === shard);
  const stored = await target?.database.reader.readMany(target.shape, [cellsOf(targetKey)]);
  return stored?.get(rowKey)?.image;
}

/** Cells in the order of the key. @throws ReplicationError ERG_4108 */
function orderKey({ name, source }: SweptTable, key: readonly KeyCell[]): readonly string[] {
  const cells = source.primaryKey.map((column) => key.find(([own]) => own === column)?.[1]);
  if (cells.length !== key.length || !cells.every((cell) => cell !== undefined)) {
    const named = key.map(([column]) => column).join(', ');
    const expected = source.primaryKey.join(', ');
    throw new ReplicationError('ERG_4108', `reserved rows of ${name}: expected the key (${expected}), got (${named})`);
  }
  return cells;
}

/** Values are shown: they stand in the settings. */
function unusable({ name }: SweptTable, key: readonly KeyCell[], why: string): ReplicationError {
  const named = key.map(([column, text]) => `${column}=${text}`).join(' ');
  return new ReplicationError('ERG_4108', `the reserved row ${named} of ${name} ${why}`);
}
