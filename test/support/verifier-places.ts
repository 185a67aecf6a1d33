/** Where a row of the verifier's rig may be: two shards, and two tables on each. */
import { aColumn, aTable } from './sink-builders.ts';

export const SHARDS: readonly string[] = ['s0', 's1'];
/** By their names at the source; the second one has another name at the target. */
export const TABLES = { orders: 'orders', items: 'pieces' } as const;
export type TableName = keyof typeof TABLES;
const aText = (name: string) =>
  aColumn(name, { kind: 'text', columnType: 'varchar(20)', maxLength: 20, collation: 'utf8mb4_bin' });
export const SOURCE_TABLES = Object.keys(TABLES).map((name) => aTable({ name, columns: ['id', 'seller', aText('v')] }));
export const TARGET_TABLES = Object.values(TABLES).map((name) =>
  aTable({ name, columns: ['id', 'seller', aText('v'), aColumn('ergate_seq')] }),
);

/** Its shard, and its key there. */
export function anId(shard: string | number, key: string, table: TableName = 'orders'): string {
  const name = typeof shard === 'string' ? shard : SHARDS[shard];
  return table === 'orders' ? `${name}/${key}` : `${name}/${TABLES[table]}/${key}`;
}
