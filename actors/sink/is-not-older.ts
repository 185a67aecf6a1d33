import { findCell, type RowImage } from '../../protocol/change/row-image.ts';

const TIME = /^(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)(?:\.(\d{1,6}))?$/;
const INTEGER = /^-?\d{1,30}$/;

/** Whether a row is as new as another by the column in which its writers keep the time; false when that cannot be told. */
export function isNotOlder(row: RowImage | null, other: RowImage | null, column: string | undefined): boolean {
  if (row === null || other === null || column === undefined) {
    return false;
  }
  const [left, right] = [findCell(row, column), findCell(other, column)];
  if (typeof left !== 'string' || typeof right !== 'string') {
    return false;
  }
  if (INTEGER.test(left) && INTEGER.test(right)) {
    return BigInt(left) >= BigInt(right);
  }
  const [ours, theirs] = [toComparable(left), toComparable(right)];
  return ours !== undefined && theirs !== undefined && ours >= theirs;
}

/** Times of one form order like their texts. */
function toComparable(text: string): string | undefined {
  const [, time, fraction = ''] = TIME.exec(text) ?? [];
  return time === undefined
    ? undefined
    : `${time.padEnd('YYYY-MM-DD'.length + 9, ' 00:00:00')}.${fraction.padEnd(6, '0')}`;
}
