import type { StreamStates } from './stream-states.ts';

/**
 * I13: a repair does no harm. It gives a row a state of its own (I6, I2) under the version of a record that the partition
 * held by then: under a higher one, or one above changes that the state does not hold, those changes would be kept out.
 *
 * @param seq the version that the row got
 * @param end where the partition ended at the first look behind the write
 * @returns what is wrong with it
 */
export function findRepairFault(
  { row, ver, seq }: { readonly row: string; readonly ver: number; readonly seq: number },
  states: StreamStates,
  end: number,
): string | undefined {
  if (seq >= end) {
    return `was repaired under a version that no record had: the stream ended at ${end}`;
  }
  const lost = states.findNewer(row, ver, seq);
  return lost && `was repaired under a version that keeps out rank ${lost.rank} at offset ${lost.offset}`;
}
