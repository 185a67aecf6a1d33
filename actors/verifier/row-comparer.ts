/** Whether a row holds what a change wrote. How two layouts of a table are compared is worked out once. */
import type { ColumnLayout, RowImage } from '../../protocol/change/row-image.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type CompareRowFunc, planCompare } from '../row/compare-row.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';

interface ComparePlan {
  readonly stored: ColumnLayout;
  readonly compare: CompareRowFunc;
}

export class RowComparer {
  readonly #markers: ReadonlySet<string>;
  readonly #plans = new WeakMap<TableShape, WeakMap<ColumnLayout, ComparePlan>>();
  /** Nearly always that of the next row. */
  #last: (ComparePlan & { readonly table: TableShape; readonly expected: ColumnLayout }) | undefined;

  constructor(marker: MarkerColumns) {
    this.#markers = new Set(Object.values(marker));
  }

  /** False also where the table cannot hold the change as it is: then nobody has written it. */
  isAsWritten(expected: RowImage, stored: RowImage, table: TableShape): boolean {
    try {
      return this.#planOf(expected.layout, stored.layout, table)(expected, stored).length === 0;
    } catch (thrown) {
      if (asReplicationError(thrown).class !== 'row') {
        throw thrown;
      }
      return false;
    }
  }

  #planOf(expected: ColumnLayout, stored: ColumnLayout, table: TableShape): CompareRowFunc {
    const last = this.#last;
    if (last !== undefined && last.table === table && last.expected === expected && last.stored === stored) {
      return last.compare;
    }
    const ofTable = this.#plans.get(table) ?? new WeakMap<ColumnLayout, ComparePlan>();
    this.#plans.set(table, ofTable);
    const known = ofTable.get(expected);
    const compare =
      known?.stored === stored
        ? known.compare
        : planCompare(expected, stored, table, { isMarker: (name) => this.#markers.has(name) });
    ofTable.set(expected, { stored, compare });
    this.#last = { table, expected, stored, compare };
    return compare;
  }
}
