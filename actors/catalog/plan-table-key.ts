import { planRowKey, type RowKeyPlan } from '../../protocol/change/row-key.ts';
import { getKeyColumns } from './get-key-columns.ts';
import type { TableShape } from './table-shape.ts';

const plans = new WeakMap<TableShape, RowKeyPlan>();

/** How rows of the table are named. @throws ReplicationError ERG_3504, ERG_3508, ERG_3520 */
export function planTableKey(table: TableShape): RowKeyPlan {
  const plan = plans.get(table) ?? planRowKey(table.name, getKeyColumns(table));
  plans.set(table, plan);
  return plan;
}
