import { test } from 'vitest';

/**
 * A drill that `npm test` leaves out to stay short, and says so; ERGATE_DRILLS=all runs it too.
 *
 * @param reason why it is the one that can be missed
 */
export function testOnRequest(name: string, reason: string, body: () => Promise<void>): void {
  const isAsked = process.env['ERGATE_DRILLS'] === 'all';
  if (!isAsked) {
    console.log(`left out: "${name}" (${reason}); ERGATE_DRILLS=all runs it`);
  }
  test.skipIf(!isAsked)(name, body);
}
