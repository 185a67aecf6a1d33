/** Writes what look-ups found into the columns of an image. */
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, type ColumnLayout, type RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LookupAnswers, LookupKey } from './lookup-answers.ts';

export interface ColumnFill {
  readonly column: string;
  /** Id of the look-up. */
  readonly lookup: string;
  readonly resolver: string;
  /** Column whose value is looked up. */
  readonly by: string;
  readonly whenMissing: 'finding' | 'null' | 'keep';
}

interface LayoutPlan {
  /** By fill: where the looked-up value stands; -1 when the image does not have it. */
  readonly byIndexes: readonly number[];
  /** By fill: where the filled column stands; -1 when it is added. */
  readonly columnIndexes: readonly number[];
  /** By the names of the columns that are added. */
  readonly widened: Map<string, ColumnLayout>;
}

export class ColumnFiller {
  readonly #table: string;
  readonly #fills: readonly ColumnFill[];
  readonly #plans = new WeakMap<ColumnLayout, LayoutPlan>();

  constructor(table: string, fills: readonly ColumnFill[]) {
    this.#table = table;
    this.#fills = fills;
  }

  listKeys(image: RowImage): readonly LookupKey[] {
    const { byIndexes } = this.#planOf(image.layout);
    return this.#fills.flatMap(({ lookup, whenMissing }, index) => {
      const key = image.cells[byIndexes[index] ?? -1];
      return typeof key === 'string' ? [{ lookup, key, acceptsMiss: whenMissing === 'finding' }] : [];
    });
  }

  /**
   * A column is left as it is where an update does not carry what it is looked up by: that has not changed.
   *
   * @throws ReplicationError ERG_2005, ERG_2006
   */
  fill(image: RowImage, isInsert: boolean, answers: LookupAnswers): RowImage {
    const plan = this.#planOf(image.layout);
    const cells = [...image.cells];
    const added: string[] = [];
    for (const [index, fill] of this.#fills.entries()) {
      const byIndex = plan.byIndexes[index] ?? -1;
      const value = byIndex < 0 && !isInsert ? undefined : this.#find(fill, image.cells[byIndex], answers);
      const columnIndex = plan.columnIndexes[index] ?? -1;
      if (value !== undefined && columnIndex < 0) {
        added.push(fill.column);
        cells.push(value);
      } else if (value !== undefined) {
        cells[columnIndex] = value;
      }
    }
    return { layout: added.length === 0 ? image.layout : widen(image.layout, plan, added), cells };
  }

  /** Undefined when the column is to stay as it is. */
  #find(fill: ColumnFill, by: Cell | undefined, answers: LookupAnswers): Cell | undefined {
    const [value, ...others] = new Set(typeof by === 'string' ? answers.find(fill.lookup, by) : []);
    if (others.length > 0) {
      throw this.#refuse('ERG_2005', fill, `one value, ${fill.resolver} found ${others.length + 1}`);
    }
    if (value !== undefined) {
      return value;
    }
    if (fill.whenMissing === 'finding') {
      const what = by === undefined ? `, and the change has no column ${fill.by}` : '';
      throw this.#refuse('ERG_2006', fill, `a value, ${fill.resolver} found none${what}`);
    }
    return fill.whenMissing === 'null' ? null : undefined;
  }

  #refuse(code: 'ERG_2005' | 'ERG_2006', { column }: ColumnFill, expected: string): ReplicationError {
    return new ReplicationError(code, `table ${this.#table}, column ${column}: expected ${expected}`);
  }

  #planOf(layout: ColumnLayout): LayoutPlan {
    let plan = this.#plans.get(layout);
    if (plan === undefined) {
      const indexOf = (column: string) => layout.indexByName.get(column) ?? -1;
      plan = {
        byIndexes: this.#fills.map(({ by }) => indexOf(by)),
        columnIndexes: this.#fills.map(({ column }) => indexOf(column)),
        widened: new Map(),
      };
      this.#plans.set(layout, plan);
    }
    return plan;
  }
}

/** One layout for equal lists of columns: what is derived from a layout is kept by its identity. */
function widen(layout: ColumnLayout, { widened }: LayoutPlan, added: readonly string[]): ColumnLayout {
  const id = added.join('\n');
  let wide = widened.get(id);
  if (wide === undefined) {
    wide = buildLayout([...layout.names, ...added]);
    widened.set(id, wide);
  }
  return wide;
}
