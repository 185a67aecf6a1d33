import type { Clock } from '../../protocol/clock.ts';

/** Waits end at the next turn of the event loop. */
export const hastyClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(_ms, run) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};
