import { test } from 'vitest';

/**
 * A drill that `npm test` leaves out to stay short, and says so; ERGATE_DRILLS=all runs it too.
 *
 * @param reason why it is the one that can be missed
 * @param timeoutMs default: that of all drills
 */
export function testOnRequest(name: string, reason: string, body: () => Promise<void>, timeoutMs?: number): void {
  const isAsked = process.env['ERGATE_DRILLS'] === 'all';
  if (!isAsked) {
    console.log(`left out: "${name}" (${reason}); ERGATE_DRILLS=all runs it`);
  }
  test.skipIf(!isAsked)(name, body, timeoutMs);
}
