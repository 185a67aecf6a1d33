/** What it takes to ask both sides for a row: shapes of its tables, and its keys there. */
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf, type RowName } from '../../protocol/verify/row-name.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { arrangeKey, deriveSourceKey } from './derive-source-key.ts';
import type { LookSide, Reading } from './look-side.ts';
import { readTargets, type TargetAsk } from './read-targets.ts';
import { isUnreadable } from './unreadable-cell.ts';

export interface LookTable {
  /** Name at the source. */
  readonly table: string;
  readonly targetTable: string;
  /** Columns at the target whose values do not come from the source row: looked-up and ignored ones. */
  readonly notOfSource: ReadonlySet<string>;
  readonly source: LookSide;
  /** By shard. */
  readonly targets: ReadonlyMap<string, LookSide>;
}

export interface LookSubject {
  readonly row: RowName;
  readonly sourceTable: TableShape;
  readonly sourceKey: readonly Cell[];
  readonly target: TargetAsk;
}

/** @returns one per row, in their order; why a row cannot be asked for where it cannot */
export async function identifyRows(
  look: LookTable,
  rows: readonly RowName[],
): Promise<readonly (LookSubject | ReplicationError)[]> {
  const sourceTable = await look.source.readShape(look.table);
  if (sourceTable instanceof ReplicationError) {
    return rows.map(() => sourceTable);
  }
  const targets = await findTargets(look, rows);
  const keys = rows.map((row) => arrangeSourceKey(sourceTable.primaryKey, row));
  const unnamed = targets.map((target, index) =>
    target instanceof ReplicationError || keys[index] !== undefined ? undefined : target,
  );
  const claimed = await readTargets(unnamed);
  return rows.map((row, index) => {
    const target = targets[index] ?? noShard(row);
    const sourceKey = keys[index] ?? deriveKey(sourceTable, claimed[index], look.notOfSource);
    if (target instanceof ReplicationError) {
      return target;
    }
    if (sourceKey instanceof ReplicationError) {
      return sourceKey;
    }
    // Neither side would be found to have a row of that name.
    return [...target.key, ...sourceKey].some(isUnreadable)
      ? unreadableKey(row)
      : { row, sourceTable, sourceKey, target };
  });
}

/** By the cells that name the row at the source; else by those of its key at the target that have the same names. */
export function arrangeSourceKey(
  primaryKey: readonly string[],
  { sourceKey, targetKey }: RowName,
): readonly Cell[] | undefined {
  return arrangeKey(primaryKey, [...targetKey, ...sourceKey]);
}

async function findTargets(
  { targets, targetTable }: LookTable,
  rows: readonly RowName[],
): Promise<readonly (TargetAsk | ReplicationError)[]> {
  const shards = new Map(
    await Promise.all(
      [...new Set(rows.map(({ shard }) => shard))].map(
        async (shard) => [shard, await targets.get(shard)?.readShape(targetTable)] as const,
      ),
    ),
  );
  return rows.map((row) => {
    const side = targets.get(row.shard);
    const table = shards.get(row.shard);
    if (side === undefined || table === undefined) {
      return noShard(row);
    }
    if (table instanceof ReplicationError) {
      return table;
    }
    const key = arrangeKey(table.primaryKey, row.targetKey);
    return key === undefined ? otherKey(row, table) : { side, table, key };
  });
}

function deriveKey(
  { primaryKey, name }: TableShape,
  reading: Reading,
  notOfSource: ReadonlySet<string>,
): readonly Cell[] | ReplicationError {
  if (reading instanceof ReplicationError) {
    return reading;
  }
  const key = reading === undefined ? undefined : deriveSourceKey(primaryKey, reading.image, notOfSource);
  if (key !== undefined) {
    return cellsOf(key);
  }
  const what = primaryKey.length === 0 ? 'the table has no key at the source' : `nothing tells its ${primaryKey}`;
  return new ReplicationError('ERG_4081', `table ${name}: ${what}`);
}

function unreadableKey({ table }: RowName): ReplicationError {
  return new ReplicationError('ERG_4088', `table ${table}: the key holds what is no character in its character set`);
}

function noShard({ table, shard }: RowName): ReplicationError {
  return new ReplicationError('ERG_4083', `table ${table}: the target has no shard ${shard}`);
}

function otherKey({ targetKey }: RowName, { name, primaryKey }: TableShape): ReplicationError {
  const named = targetKey.map(([column]) => column);
  return new ReplicationError('ERG_4084', `table ${name}: expected a key of ${primaryKey}, got one of ${named}`);
}
