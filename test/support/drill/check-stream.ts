import { rowName, type StreamChange, type StreamHistory, type Violation } from './history.ts';

/**
 * The source's side of I1: the capture lost nothing and changed no order. The load counts the `ver` of every row from 1
 * up without a gap, also over deletes and changed keys; a state may come again, but never for the first time after a newer one.
 */
export function checkStream({ changes }: StreamHistory): Violation[] {
  const violations: Violation[] = [];
  const say = (message: string) => violations.push({ invariant: 'I1', message });
  for (const [row, states] of Map.groupBy(changes, lifeOf)) {
    const seen = new Set<number>();
    let newest = 0;
    for (const { rank, partition, offset } of states) {
      if (rank < newest && !seen.has(rank)) {
        say(`${row}: rank ${rank} came first at ${partition}/${offset}, after rank ${newest}`);
      }
      seen.add(rank);
      newest = Math.max(newest, rank);
    }
    for (let ver = 1; ver <= Math.floor(newest / 2); ver++) {
      if (!seen.has(2 * ver)) {
        say(`${row}: the stream has no ver ${ver}, but ver ${Math.floor(newest / 2)}`);
      }
    }
  }
  return violations;
}

/** A delivery goes on counting when its key changes: it is followed by its product order. */
function lifeOf({ table, key }: StreamChange): string {
  return rowName(table, key.split(',')[0] ?? '');
}
