import type { JsonScanner } from './json-scanner.ts';

/** Seconds taken for milliseconds fall before the first; microseconds and the year 9999 fall after the last. */
const FIRST_COMMIT_MS = Date.UTC(2000, 0, 1);
const LAST_COMMIT_MS = Date.UTC(2100, 0, 1);

/**
 * @param depth of containers around the value
 * @param unitMs what one of it is in ms
 * @returns ms since 1970; undefined for what can be no commit time. A text of digits counts as a number.
 */
export function readCommitTime(scanner: JsonScanner, depth: number, unitMs = 1): number | undefined {
  let units = scanner.readInteger();
  if (units < 0) {
    const cell = scanner.readCell(depth);
    units = typeof cell === 'string' && /^\d{1,15}$/.test(cell) ? Number(cell) : -1;
  }
  const ms = units * unitMs;
  return ms >= FIRST_COMMIT_MS && ms < LAST_COMMIT_MS ? ms : undefined;
}
