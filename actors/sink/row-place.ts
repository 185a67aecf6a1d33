/** Where a row that somebody asks for is: its shard, and its table as that shard has it now. */
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf, type RowName } from '../../protocol/verify/row-name.ts';
import { planTableKey } from '../catalog/plan-table-key.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { KnownTables } from '../route/known-tables.ts';
import type { TableRoute } from '../route/table-route.ts';

export interface RowPlace {
  readonly shard: number;
  readonly route: TableRoute;
  /** At the target. */
  readonly table: TableShape;
}

/** @throws ReplicationError ERG_5201, ERG_35xx */
export function findRowPlace(
  row: RowName,
  { catalogs, routes }: { readonly catalogs: readonly KnownTables[]; readonly routes: ReadonlyMap<string, TableRoute> },
): RowPlace {
  const shard = catalogs.findIndex((catalog) => catalog.shard.name === row.shard);
  const route = routes.get(row.table);
  const table = catalogs[shard]?.find(route?.shards[shard]?.targetTable ?? '');
  if (route === undefined || table === undefined) {
    throw new ReplicationError('ERG_5201', `the pipeline has no table ${row.table} on a shard ${row.shard}`);
  }
  checkKey(row, table);
  return { shard, route, table };
}

/** @throws ReplicationError ERG_5201 when the row key is not that of the cells */
function checkKey({ targetKey, rowKey }: RowName, table: TableShape): void {
  const isKey =
    targetKey.length === table.primaryKey.length && targetKey.every(([name], at) => name === table.primaryKey[at]);
  if (!isKey || encodeRowKey(planTableKey(table), cellsOf(targetKey)) !== rowKey) {
    throw new ReplicationError('ERG_5201', `the key does not name a row of table ${table.name} as it is now`);
  }
}
