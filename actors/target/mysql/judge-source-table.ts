import type { TableShape } from '../../catalog/table-shape.ts';
import type { Remark } from '../remark.ts';
import { carriesOn } from './judge-table.ts';

/** What its target will never hear of; said of the source, where only its owner can mend it. */
export function judgeSourceTable(name: string, table: TableShape | undefined): readonly Remark[] {
  if (table === undefined) {
    const message = `table ${name} does not exist, or the user may not see it: columns are not compared`;
    return [{ severity: 'warning', code: 'ERG_3402', message, statements: [] }];
  }
  return (table.traits?.foreignKeys ?? [])
    .filter((foreignKey) => foreignKey.child === table.name && carriesOn(foreignKey))
    .map(({ name: key, parent, onDelete, onUpdate }) => ({
      severity: 'warning',
      code: 'ERG_3532',
      message: `foreign key ${key} of ${name} to ${parent}, on delete ${onDelete.toLowerCase()}, on update ${onUpdate.toLowerCase()}: rows that it changes are in no log, so the target keeps them as they were`,
      statements: [],
      advice: 'let the application change these rows itself',
    }));
}
