import type { ColumnLayout } from '../../../protocol/change/row-image.ts';
import type { ColumnShape, TableShape } from '../../catalog/table-shape.ts';
import type { ShardChange } from '../target-shard.ts';
import { chooseKeyLiteral, chooseLiteral, isStoredJson, type LiteralFunc } from './literal/choose-literal.ts';
import { quoteName } from './quote-name.ts';

/** One column of an image that is written. */
export interface PlannedColumn {
  /** Where its cell stands in the image. */
  readonly cellIndex: number;
  readonly quotedName: string;
  readonly isKey: boolean;
  readonly literal: LiteralFunc;
  /** What an upsert assigns, given the expression that chooses between the new and the old value. */
  readonly assigned: (choice: string) => string;
}

/** All that is decided about images of one layout for one table, so that a row costs a loop over its cells. */
export interface RowPlan {
  readonly columns: readonly PlannedColumn[];
  /** Every column that must have a value is in the image, so that the row can be inserted. */
  readonly canInsert: boolean;
}

/**
 * Columns of the image that the table does not have, generated columns and our own marker columns are not written.
 * @param isMarker true for the names of marker columns
 */
export function planRow(layout: ColumnLayout, table: TableShape, isMarker: (name: string) => boolean): RowPlan {
  const columns: PlannedColumn[] = [];
  layout.names.forEach((name, cellIndex) => {
    const column = table.columnByName.get(name);
    if (column !== undefined && !column.generated && !isMarker(name)) {
      const isKey = table.primaryKey.includes(name);
      const literal = isKey ? chooseKeyLiteral(column) : chooseLiteral(column);
      columns.push({ cellIndex, quotedName: quoteName(name), isKey, literal, assigned: chooseAssigned(column) });
    }
  });
  const canInsert = table.columns.every(
    (column) => layout.indexByName.has(column.name) || isMarker(column.name) || !needsValue(column),
  );
  return { columns, canInsert };
}

/** MySQL makes a text of a JSON value that a condition chose, and reads it anew: not exactly where doubles are in it. */
function chooseAssigned(column: ColumnShape): (choice: string) => string {
  return isStoredJson(column) ? (choice) => `JSON_EXTRACT(${choice},'$')` : (choice) => choice;
}

function needsValue(column: ColumnShape): boolean {
  return !column.nullable && !column.hasDefault && !column.generated;
}

/** "1,'x',NULL,": each literal followed by a comma, because the marker values always come after. */
export function renderCells(change: ShardChange, plan: RowPlan): string {
  const cells = change.image?.cells ?? [];
  let text = '';
  for (const { cellIndex, literal } of plan.columns) {
    text += literal(cells[cellIndex] ?? null);
    text += ',';
  }
  return text;
}

/** "`a`=1,`b`='x',": the columns that are not part of the key. */
export function renderAssignments(change: ShardChange, plan: RowPlan): string {
  const cells = change.image?.cells ?? [];
  let text = '';
  for (const { cellIndex, quotedName, isKey, literal } of plan.columns) {
    if (!isKey) {
      text += `${quotedName}=${literal(cells[cellIndex] ?? null)},`;
    }
  }
  return text;
}
