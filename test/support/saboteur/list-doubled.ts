import type { StoredCase } from './read-cases.ts';

/**
 * A row that was damaged once has one case. Cases of a row may follow each other, but each knows the one before it and was
 * opened when that one was closed.
 *
 * @param cases by row, in the order of their ids
 * @returns what is not so, one sentence each
 */
export function listDoubled(cases: ReadonlyMap<string, readonly StoredCase[]>): readonly string[] {
  return [...cases].flatMap(([row, ofRow]) =>
    ofRow.flatMap((one, index) => {
      const before = ofRow[index - 1];
      if (before === undefined) {
        return one.previousId === null ? [] : [`${row}: case ${one.id} follows ${one.previousId}, which is not stored`];
      }
      const isBehind = before.closedMs !== null && before.closedMs <= one.firstSeenMs && one.previousId === before.id;
      const told = `case ${one.id} (${one.kind}, of ${one.foundBy}) follows case ${before.id} (${before.kind}, ${before.end})`;
      return isBehind && before.foundBy === 'sink' ? [] : [`${row}: ${told}`];
    }),
  );
}
