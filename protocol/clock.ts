/** Time enters through this port, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. For stamps that people or other machines read. */
  wallMs(): number;
  /** Milliseconds of a clock that never goes back; only differences mean anything. For durations and deadlines. */
  monotonicMs(): number;
  /** Calls `run` once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
