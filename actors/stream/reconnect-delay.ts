const FIRST_MS = 200;
const LAST_MS = 5_000;

/**
 * Back-off before the next attempt: doubles from 200 ms to 5 s, with jitter so that many actors of a node do not come
 * back in step.
 *
 * @param failures attempts that failed in a row before this one; integer >= 0
 * @param random within [0, 1)
 * @returns ms; within 50 % and 100 % of the doubled value
 */
export function reconnectDelayMs(failures: number, random: number): number {
  const fullMs = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return Math.round(fullMs * (0.5 + random / 2));
}
