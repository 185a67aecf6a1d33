/** The candidate that was probably meant; undefined when none is close. */
export function findNearestWord(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const farthest = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | undefined;
  let nearestDistance = farthest + 1;
  for (const candidate of candidates) {
    const distance = countEdits(lower, candidate.toLowerCase(), nearestDistance);
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Letters added, dropped or changed; `atMost` when that many or more. */
function countEdits(from: string, to: string, atMost: number): number {
  if (Math.abs(from.length - to.length) >= atMost) {
    return atMost;
  }
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const change = (last[column] ?? 0) + (letter === other ? 0 : 1);
      const drop = (last[column + 1] ?? 0) + 1;
      const add = (current[column] ?? 0) + 1;
      current.push(Math.min(change, drop, add));
    }
    last = current;
  }
  return Math.min(atMost, last.at(-1) ?? atMost);
}
