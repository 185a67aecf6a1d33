const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** 7s, 3m11s, 6h52m, 4d3h; the two largest units. */
export function formatAge(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE_MS) {
    return `${Math.floor(age / SECOND_MS)}s`;
  }
  if (age < HOUR_MS) {
    return pair(age, [MINUTE_MS, 'm'], [SECOND_MS, 's']);
  }
  return age < DAY_MS ? pair(age, [HOUR_MS, 'h'], [MINUTE_MS, 'm']) : pair(age, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

function pair(age: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  return `${Math.floor(age / large)}${largeName}${Math.floor((age % large) / small)}${smallName}`;
}

/** 4.2ms, 310ms, 2.5s */
export function formatLatency(ms: number): string {
  if (ms >= 1_000) {
    return `${(ms / 1_000).toFixed(1)}s`;
  }
  return ms < 10 ? `${ms.toFixed(1)}ms` : `${Math.round(ms)}ms`;
}

/** Up to 99999 as it is, then 123k, 4.5M. */
export function formatCount(count: number): string {
  if (count < 100_000) {
    return String(Math.round(count));
  }
  return count < 1_000_000 ? `${Math.round(count / 1_000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** A lag; the tenths matter below ten seconds. */
export function formatLag(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)}s` : formatAge(seconds * 1_000);
}

export function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
