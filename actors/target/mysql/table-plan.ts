/**
 * The statements of one target table. Everything that depends on the table alone is text made once; what depends on the
 * columns of an image is made once per layout (row-plan.ts).
 *
 * upsert    INSERT … VALUES (…),(…) ON DUPLICATE KEY UPDATE with the guard in every assignment and the version last.
 *           Only where the key is the only unique index: with another one, that statement would silently rewrite
 *           whichever row it collides with.
 * as-given  one guarded UPDATE, then an INSERT of what is not there, per row. Also for images that lack a column which
 *           an insert needs: those can only update, and the server is made to fail when the row is missing.
 *           And for a change that replaces a row of a newer version, one that cannot be.
 * delete    DELETE … WHERE (key AND guard) OR …
 *
 * VALUES(column) is deprecated in MySQL 8.0.20 and up but works; the form that replaces it is an error in MariaDB.
 */
import type { ColumnLayout } from '../../../protocol/change/row-image.ts';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import { dependsOnOrder, type TableShape } from '../../catalog/table-shape.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import { chooseGuard, type OverwriteGuard } from '../overwrite-guard.ts';
import type { WriteForm } from '../plan-write.ts';
import type { ShardChange } from '../target-shard.ts';
import { findRefusal } from './judge-table.ts';
import { chooseKeyLiteral, chooseLiteral, type LiteralFunc } from './literal/choose-literal.ts';
import { listMarkerValues, type MarkerValue, renderCommitTime, renderVersion } from './marker-values.ts';
import { quoteName } from './quote-name.ts';
import { type PlannedColumn, planRow, type RowPlan, renderAssignments, renderCells } from './row-plan.ts';

/** An expression that the server refuses with errno 1242 as soon as it evaluates it. */
export const RAISE_1242 = '(SELECT 1 UNION ALL SELECT 2)';

export interface StatementForm extends WriteForm {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  /** Most rows that one statement may hold, whatever else allows. */
  readonly maxRows: number;
  readonly render: (change: ShardChange) => string;
}

/** More conditions in one OR are slower per row, not faster (reference: bench of the write path). */
const MAX_DELETE_ROWS = 200;
/** Images of one table nearly always have the same columns; a producer that sends any mixture must not fill the memory. */
const MAX_UPSERT_FORMS = 1_000;

interface KeyColumn {
  readonly quotedName: string;
  readonly literal: LiteralFunc;
}

type Assigned = Pick<PlannedColumn, 'quotedName' | 'assigned'>;

interface LayoutPlan {
  readonly rowPlan: RowPlan;
  readonly form: StatementForm;
}

export class TablePlan {
  readonly #table: TableShape;
  readonly #quotedTable: string;
  readonly #guard: OverwriteGuard;
  readonly #guardLiteral: LiteralFunc;
  readonly #markers: readonly MarkerValue[];
  readonly #markerNames: ReadonlySet<string>;
  readonly #keyColumns: readonly KeyColumn[];
  readonly #layouts = new WeakMap<ColumnLayout, LayoutPlan>();
  readonly #upsertForms = new Map<string, StatementForm>();
  readonly #deleteForm: StatementForm;
  readonly #orderedForm: StatementForm;
  readonly #maxRows: number;

  /** @throws ReplicationError ERG_3503..ERG_3508, ERG_3520..ERG_3524: the table may not be written */
  constructor(table: TableShape, marker: MarkerColumns, maxRows: number) {
    const refusal = findRefusal(table, marker);
    if (refusal !== undefined) {
      throw refusal;
    }
    this.#table = table;
    this.#maxRows = maxRows;
    this.#quotedTable = quoteName(table.name);
    this.#guard = chooseGuard(table, marker);
    this.#guardLiteral = chooseLiteral(this.#guard.column);
    this.#markers = listMarkerValues(table, marker);
    this.#markerNames = new Set(Object.values(marker));
    this.#keyColumns = planKey(table);
    this.#deleteForm = {
      order: 'delete',
      head: `DELETE FROM ${this.#quotedTable} WHERE `,
      separator: ' OR ',
      tail: '',
      maxRows: Math.min(maxRows, MAX_DELETE_ROWS),
      render: (change) => `(${this.#renderKey(change)} AND ${this.#renderGuard(change)})`,
    };
    this.#orderedForm = {
      order: 'as-given',
      head: '',
      separator: '',
      tail: '',
      maxRows: 1,
      render: (change) => this.#renderOrdered(change),
    };
  }

  /** @throws ReplicationError ERG_3303 when a key column is missing in the image, ERG_3307 */
  formOf(change: ShardChange): StatementForm {
    if (this.#guard.mode === 'article' && change.commitTime === null) {
      throw new ReplicationError('ERG_3307', 'the change has no commit time and the table no version column');
    }
    if (change.keyCells.length !== this.#keyColumns.length) {
      throw new ReplicationError('ERG_3303', 'the change lacks a column of the key that the table has now');
    }
    if (change.image === null) {
      return this.#isOrdered ? this.#orderedForm : this.#deleteForm;
    }
    const { form } = this.#layoutPlanOf(change.image.layout);
    return change.replaces === undefined ? form : this.#orderedForm;
  }

  get #isOrdered(): boolean {
    return dependsOnOrder(this.#table);
  }

  #layoutPlanOf(layout: ColumnLayout): LayoutPlan {
    const known = this.#layouts.get(layout);
    if (known !== undefined) {
      return known;
    }
    for (const column of this.#table.primaryKey) {
      if (!layout.indexByName.has(column)) {
        throw new ReplicationError('ERG_3303', `key column ${column} is missing in the change`, {
          context: { column },
        });
      }
    }
    const rowPlan = planRow(layout, this.#table, (name) => this.#markerNames.has(name));
    const form = this.#isOrdered || !rowPlan.canInsert ? this.#orderedForm : this.#upsertFormOf(rowPlan);
    const layoutPlan = { rowPlan, form };
    this.#layouts.set(layout, layoutPlan);
    return layoutPlan;
  }

  /** Layouts that write the same columns in the same order share one form, hence one statement. */
  #upsertFormOf(rowPlan: RowPlan): StatementForm {
    const names = this.#insertedNames(rowPlan);
    const known = this.#upsertForms.get(names);
    if (known !== undefined) {
      return known;
    }
    const assigned = [
      ...rowPlan.columns.filter((column) => !column.isKey),
      ...this.#markers.map(({ quotedName }) => ({ quotedName, assigned: (choice: string) => choice })),
    ];
    const guard = quoteName(this.#guard.column.name);
    const condition = `${guard} IS NULL OR VALUES(${guard})>=${guard}`;
    // A unique index that was added since the table was read makes the statement hit another row than its own: it must fail.
    const keys = this.#keyColumns.map(({ quotedName }) => `VALUES(${quotedName})=${quotedName}`);
    const isSameRow = `IF(${keys.join(' AND ')},1,${RAISE_1242})`;
    const form: StatementForm = {
      order: 'upsert',
      head: `INSERT INTO ${this.#quotedTable} (${names}) VALUES `,
      separator: ',',
      tail: ` ON DUPLICATE KEY UPDATE ${assigned.map((column, index) => renderChoice(column, index === 0 ? `${isSameRow} AND (${condition})` : condition)).join(',')}`,
      maxRows: this.#maxRows,
      render: (change) => `(${this.#renderRow(change)})`,
    };
    if (this.#upsertForms.size >= MAX_UPSERT_FORMS) {
      this.#upsertForms.clear();
    }
    this.#upsertForms.set(names, form);
    return form;
  }

  #renderOrdered(change: ShardChange): string {
    const where = this.#renderKey(change);
    if (change.image === null) {
      return `DELETE FROM ${this.#quotedTable} WHERE ${where} AND ${this.#renderGuard(change)}`;
    }
    const { rowPlan } = this.#layoutPlanOf(change.image.layout);
    const markers = this.#markers.map(({ quotedName, render }) => `${quotedName}=${render(change)}`).join(',');
    const update = `UPDATE ${this.#quotedTable} SET ${renderAssignments(change, rowPlan)}${markers} WHERE ${where} AND ${this.#renderGuard(change)}`;
    const isThere = `EXISTS (SELECT 1 FROM ${this.#quotedTable} WHERE ${where})`;
    return rowPlan.canInsert
      ? `${update};INSERT INTO ${this.#quotedTable} (${this.#insertedNames(rowPlan)}) SELECT ${this.#renderRow(change)} FROM DUAL WHERE NOT ${isThere}`
      : `${update};SET @ergate_row=IF(${isThere},1,${RAISE_1242})`;
  }

  #insertedNames(rowPlan: RowPlan): string {
    return [...rowPlan.columns, ...this.#markers].map(({ quotedName }) => quotedName).join(',');
  }

  #renderRow(change: ShardChange): string {
    const image = change.image;
    if (image === null) {
      throw new ReplicationError('ERG_9000', 'a delete has no row to insert');
    }
    const { rowPlan } = this.#layoutPlanOf(image.layout);
    let text = renderCells(change, rowPlan);
    let separator = '';
    for (const marker of this.#markers) {
      text += separator;
      text += marker.render(change);
      separator = ',';
    }
    return text;
  }

  #renderKey({ keyCells }: ShardChange): string {
    return this.#keyColumns
      .map(({ quotedName, literal }, index) => `${quotedName}=${literal(keyCells[index] ?? null)}`)
      .join(' AND ');
  }

  /** True for rows that are not newer than the change, and for one that is and that it is meant to replace. */
  #renderGuard(change: ShardChange): string {
    const { column, mode } = this.#guard;
    const name = quoteName(column.name);
    const value = mode === 'strict' ? renderVersion(change) : renderCommitTime(change, column.fraction ?? 0);
    const seen = change.replaces === undefined ? '' : ` OR ${name}=${this.#guardLiteral(change.replaces)}`;
    return `(${name} IS NULL OR ${name}<=${value}${seen})`;
  }
}

function renderChoice({ quotedName, assigned }: Assigned, condition: string): string {
  return `${quotedName}=${assigned(`IF(${condition},VALUES(${quotedName}),${quotedName})`)}`;
}

function planKey({ name: table, primaryKey, columnByName }: TableShape): readonly KeyColumn[] {
  return primaryKey.map((name) => {
    const column = columnByName.get(name);
    if (column === undefined) {
      throw new ReplicationError('ERG_9000', `key column ${name} of table ${table} was judged to be there`);
    }
    return { quotedName: quoteName(name), literal: chooseKeyLiteral(column) };
  });
}
