/** The value of a row that keeps the time of its last change has it in its text: 'A@7'. So the model needs no more state. */
import type { Cell } from '../../../protocol/change/cell.ts';
import type { RowImage } from '../../../protocol/change/row-image.ts';
import { anImage } from '../sink-builders.ts';

export const MODIFIED_COLUMN = 'modified';

export function stampValues(values: readonly (string | null)[], secondOf: (change: number) => number) {
  return values.map((value, change) => (value === null ? null : `${value}@${secondOf(change)}`));
}

/** The time is null where the value has none: then nothing goes by it. */
export function imageOf(value: string, more: Readonly<Record<string, Cell>> = {}): RowImage {
  return anImage({ id: '1', v: value, [MODIFIED_COLUMN]: value.split('@')[1] ?? null, ...more });
}
