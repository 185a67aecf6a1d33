/**
 * I4: applying a part of the stream again leaves the target as it is. After a rewind the log of the target may have no
 * effective change, but for the exception that the design states: a row that had been deleted may be seen again, and is gone
 * again at the end.
 */
import { comparePlaces, type LogPlace, rowName, type TargetHistory, type Violation } from './history.ts';

/** @param from the end of the target's log when the offsets were set back, with nothing running */
export function checkReplay({ target, entries }: TargetHistory, from: LogPlace): Violation[] {
  const there = new Set<string>();
  const seenAgain = new Map<string, number>();
  const violations: Violation[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'write' && entry.kind !== 'delete') {
      continue;
    }
    const row = rowName(entry.table, entry.key);
    const isReplay = comparePlaces(entry.place, from) > 0;
    if (!isReplay) {
      there[entry.kind === 'write' ? 'add' : 'delete'](row);
    } else if (there.has(row)) {
      const message = `${target} ${row}: a ${entry.kind} with ver ${entry.ver} took effect, though the row was up to date`;
      violations.push({ invariant: 'I4', message });
    } else if (entry.kind === 'write') {
      seenAgain.set(row, entry.ver);
    } else {
      seenAgain.delete(row);
    }
  }
  for (const [row, ver] of seenAgain) {
    violations.push({ invariant: 'I4', message: `${target} ${row}: came back with ver ${ver} and stayed` });
  }
  return violations;
}
