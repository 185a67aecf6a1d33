import type { Clock } from '../../protocol/clock.ts';

/**
 * The result of `work`, or the rejection that `onLate` makes when it takes longer than `deadlineMs`. The work itself
 * is not ended by this; its late rejection is swallowed.
 */
export function withDeadline<T>(clock: Clock, deadlineMs: number, work: Promise<T>, onLate: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(deadlineMs, () => reject(onLate()));
    work.then(resolve, reject).finally(cancel);
  });
}
