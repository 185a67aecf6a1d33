/** Says of a row that is there and of one that should be whether they are the same, by the columns that are written. */
import { buildLayout, type ColumnLayout, type RowImage } from '../../protocol/change/row-image.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type CompareRowFunc, compareBy, listCompared } from './compare-row.ts';
import { planDigests, type RowDigests } from './digest-row.ts';
import type { RowVerdict } from './row-witness.ts';

interface JudgePlan extends RowDigests {
  readonly compare: CompareRowFunc;
}

export class RowJudge {
  readonly #markers: ReadonlySet<string>;
  /** By the layout of stored rows, which is that of one shape, and of expected ones. */
  readonly #plans = new WeakMap<ColumnLayout, WeakMap<ColumnLayout, JudgePlan>>();
  /** Of rows that were not read, because they are not there. */
  readonly #layouts = new WeakMap<TableShape, ColumnLayout>();

  /** @param markers names of the marker columns */
  constructor(markers: Iterable<string>) {
    this.#markers = new Set(markers);
  }

  /** @param actual as it was read with the shape */
  judge(table: TableShape, expected: RowImage | null, actual: RowImage | null): RowVerdict {
    try {
      return this.#judge(table, expected, actual);
    } catch (error) {
      return { kind: 'unreadable', error: asReplicationError(error) };
    }
  }

  #judge(table: TableShape, expected: RowImage | null, actual: RowImage | null): RowVerdict {
    const stored = actual?.layout ?? this.#layoutOf(table);
    const plan = this.#planOf(table, expected?.layout ?? stored, stored);
    const sourceDigest = expected && plan.ofExpected(expected);
    const columns = expected && actual && plan.compare(expected, actual);
    if (columns?.length === 0 || (expected === null && actual === null)) {
      return { kind: 'equal', digest: sourceDigest };
    }
    const targetDigest = actual && plan.ofStored(actual);
    return {
      kind: 'different',
      mismatch: columns === null ? nameAbsence(expected) : 'different',
      columns: columns ?? [],
      sourceDigest,
      targetDigest,
      expected,
      actual,
    };
  }

  #layoutOf(table: TableShape): ColumnLayout {
    const layout = this.#layouts.get(table) ?? buildLayout(table.columns.map(({ name }) => name));
    this.#layouts.set(table, layout);
    return layout;
  }

  #planOf(table: TableShape, expected: ColumnLayout, stored: ColumnLayout): JudgePlan {
    const ofStored = this.#plans.get(stored) ?? new WeakMap<ColumnLayout, JudgePlan>();
    this.#plans.set(stored, ofStored);
    let plan = ofStored.get(expected);
    if (plan === undefined) {
      const columns = listCompared(expected, stored, table, { isMarker: (name) => this.#markers.has(name) });
      plan = { compare: compareBy(columns), ...planDigests(columns) };
      ofStored.set(expected, plan);
    }
    return plan;
  }
}

function nameAbsence(expected: RowImage | null): 'extra' | 'missing' {
  return expected === null ? 'extra' : 'missing';
}
