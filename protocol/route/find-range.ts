/**
 * Index of the range that a value is in.
 *
 * @param starts where the second and every later range begins, rising
 * @returns integer within [0, starts.length]
 */
export function findRange<T extends number | bigint>(starts: readonly T[], value: T): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = starts[middle];
    if (start !== undefined && value >= start) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
