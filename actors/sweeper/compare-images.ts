import type { ColumnLayout } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { type CompareRowFunc, planCompare } from '../row/compare-row.ts';
import type { CompareFunc } from './sweep-sides.ts';

/** Compares cell by cell; how is found out once for rows of the same layouts. @param markers names of the marker columns */
export function createImageComparer(markers: Iterable<string>): CompareFunc {
  const names = new Set(markers);
  const options = { isMarker: (name: string) => names.has(name) };
  /** Rows that were read with one shape share a layout, which is no other shape's. */
  const plans = new WeakMap<ColumnLayout, WeakMap<ColumnLayout, CompareRowFunc>>();
  const planOf = (expected: ColumnLayout, stored: ColumnLayout, table: TableShape) => {
    const ofStored = plans.get(stored) ?? new WeakMap<ColumnLayout, CompareRowFunc>();
    plans.set(stored, ofStored);
    const compare = ofStored.get(expected) ?? planCompare(expected, stored, table, options);
    ofStored.set(expected, compare);
    return compare;
  };
  return (table, expected, actual) => planOf(expected.layout, actual.layout, table)(expected, actual);
}
