import type { OffsetSample, Violation } from './history.ts';

/** I8: a committed offset never goes back, except by the operator, is never lost, and never lies beyond the end of the log. */
export function checkOffsets(samples: readonly OffsetSample[]): Violation[] {
  const violations: Violation[] = [];
  const say = (message: string) => violations.push({ invariant: 'I8', message });
  let before: OffsetSample | undefined;
  for (const sample of samples) {
    for (const [name, offset] of sample.committed) {
      const end = sample.ends.get(Number(name.split('/')[1]));
      if (end !== undefined && offset > end) {
        say(`${name} committed ${offset}, the log ends at ${end}`);
      }
    }
    const isRewind = before !== undefined && before.phase !== sample.phase;
    for (const [name, offset] of isRewind ? [] : (before?.committed ?? [])) {
      const next = sample.committed.get(name);
      if (next === undefined) {
        say(`${name} had committed ${offset}, and then nothing`);
      } else if (next < offset) {
        say(`${name} went back from ${offset} to ${next}`);
      }
    }
    before = sample;
  }
  return violations;
}
