import { type Clock, systemClock } from '../../protocol/clock.ts';

/** Goes so many times faster than the real one: what waits for seconds by the clock of a sink waits for parts of them. */
export function fastClock(times: number): Clock {
  const startMs = systemClock.wallMs();
  return {
    wallMs: () => startMs + (systemClock.wallMs() - startMs) * times,
    monotonicMs: () => systemClock.monotonicMs() * times,
    after: (ms, run) => systemClock.after(ms / times, run),
  };
}
