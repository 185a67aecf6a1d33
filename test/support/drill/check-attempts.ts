import { rowName, type TargetHistory, type Violation } from './history.ts';

/**
 * I5: each change is applied once. Of one row, every committed attempt to write it must be of a later record than the one
 * before; an equal or earlier one was applied again. Only for runs without faults; needs the triggers of watch-attempts.ts.
 */
export function checkAttempts({ target, entries }: TargetHistory): Violation[] {
  const newest = new Map<string, number>();
  const violations: Violation[] = [];
  for (const entry of entries) {
    if (entry.kind === 'attempt') {
      const row = rowName(entry.table, entry.key);
      const before = newest.get(row) ?? -1;
      const seq = entry.seq ?? -1;
      if (seq <= before) {
        violations.push({ invariant: 'I5', message: `${target} ${row}: offset ${seq} was written after ${before}` });
      }
      newest.set(row, Math.max(seq, before));
    }
  }
  return violations;
}
