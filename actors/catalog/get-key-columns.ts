import type { KeyColumnShape } from '../../protocol/change/key/plan-key-column.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

/**
 * The columns of the key, in its order; one at least.
 * @throws ReplicationError ERG_3504, ERG_3508, ERG_3520: there is no key by which rows can be told apart
 */
export function getKeyColumns(table: TableShape): readonly (ColumnShape & KeyColumnShape)[] {
  if (table.primaryKey.length === 0) {
    throw new ReplicationError('ERG_3504', `table ${table.name} has no key`);
  }
  return table.primaryKey.map((name) => {
    const column = table.columnByName.get(name);
    if (column === undefined) {
      throw new ReplicationError('ERG_3508', `key column ${name} does not exist in table ${table.name}`);
    }
    const { kind } = column;
    if (kind === 'unsupported') {
      throw new ReplicationError('ERG_3520', `key column ${name} of table ${table.name}: got ${column.columnType}`);
    }
    return { ...column, kind };
  });
}
