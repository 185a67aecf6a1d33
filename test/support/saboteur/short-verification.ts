/** Verification of both pipelines of the example, with delays that a test can wait for. */

export interface ShortVerification {
  /** Settings that go over the example; YAML. */
  readonly settings: string;
  /** A capture; and of two pipelines four sinks, four verifiers, four recovery actors and a sweeper each. */
  readonly jobs: number;
}

export const SHORT_DELAY_MS = 2_000;
/** Of a sweep, per second. */
export const SHORT_SWEEP_ROWS = 20_000;

/**
 * @param sweepSeconds from the start of one sweep to the next
 * @param more settings of each pipeline; YAML, one line
 * @param delayMs before a change is compared
 * @param storm when a table is stopped; YAML. Left out: never
 */
export function buildShortVerification(
  sweepSeconds: number,
  more = '',
  { delayMs = SHORT_DELAY_MS, storm = '{ rows: 1000000 }' }: { delayMs?: number; storm?: string } = {},
): ShortVerification {
  const verification = `
    ${more}
    verification:
      delay: ${delayMs / 1_000}s
      recovery:
        mode: repair
        checkAfter: 2s
        reverifyAfter: 4s
        rowsPerSecond: 200
        deletesPerHour: 100000
        storm: ${storm}
      sweep: { every: ${sweepSeconds}s, chunkRows: 200, rowsPerSecond: ${SHORT_SWEEP_ROWS} }`;
  return {
    settings: `pipelines:\n  order-seller:${verification}\n  order-settlement:${verification}\n`,
    jobs: 1 + 2 * 13,
  };
}
