/** Counts what a Vitest JSON report says, and what it does not say. Pure. */
import { z } from 'zod';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export const NOTHING_RAN: Tally = { passed: 0, failed: 0 };

const reportSchema = z.object({
  numPassedTests: z.int().nonnegative(),
  numFailedTests: z.int().nonnegative(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export function failedStep(): Tally {
  return { passed: 0, failed: 1 };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, one) => ({ passed: sum.passed + one.passed, failed: sum.failed + one.failed }),
    NOTHING_RAN,
  );
}

/**
 * @param report the parsed report; undefined when none was written
 * @param succeeded whether the run ended with exit code 0
 */
export function tallyReport(report: unknown, succeeded: boolean): Tally {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) {
    return failedStep();
  }
  const { numPassedTests, numFailedTests, testResults } = parsed.data;
  // A file that cannot be loaded, or whose set-up or clean-up fails, may have no failed test in it.
  const failedFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = numFailedTests + failedFiles;
  return { passed: numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed };
}
