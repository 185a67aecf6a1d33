/** How many wrong rows go into one message to a recovery actor. */
import type { Mismatch } from '../../protocol/verify/mismatch.ts';

interface Told {
  readonly mismatch: Mismatch;
}

/** Far below what a message may hold (message-codec.ts), also when keys are long. */
const MAX_BYTES = 256 * 1024;
const MAX_ROWS = 200;
/** Of what does not depend on the row. */
const ROW_BYTES = 300;

/** As many of the first rows as go into one message; one at least, if there is one. */
export function takeReport<Row extends Told>(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const end = rows.slice(0, MAX_ROWS).findIndex((row, index) => {
    bytes += countBytes(row);
    return bytes > MAX_BYTES && index > 0;
  });
  return rows.slice(0, end < 0 ? MAX_ROWS : end);
}

/** A unit of a text takes at most three bytes. */
function countBytes({ mismatch: { row, columns } }: Told): number {
  const keys = [...row.targetKey, ...row.sourceKey].flat();
  return ROW_BYTES + 3 * [row.rowKey, ...keys, ...columns].reduce((sum, text) => sum + text.length, 0);
}
