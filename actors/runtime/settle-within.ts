import type { Clock } from '../../protocol/clock.ts';

/** What `work` comes to, or undefined when that takes longer than `ms`. The work itself is not ended by this. */
export async function settleWithin<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.after(ms, () => late.resolve(undefined));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}
