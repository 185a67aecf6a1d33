import { describe, expect, test } from 'vitest';
import { addTallies, failedStep, NOTHING_RAN, tallyReport } from '../../../../deploy/scripts/tally-report.ts';

function aFile(status: string, ...assertions: readonly string[]) {
  return { status, assertionResults: assertions.map((assertion) => ({ status: assertion })) };
}

function aReport(passed: number, failed: number, ...testResults: readonly unknown[]) {
  return { numPassedTests: passed, numFailedTests: failed, testResults };
}

describe('tallyReport', () => {
  test('takes the counts of a run that passed', () => {
    const report = aReport(2, 0, aFile('passed', 'passed', 'passed'));
    expect(tallyReport(report, true)).toEqual({ passed: 2, failed: 0 });
  });

  test('counts a failed test once, not again for its file', () => {
    const report = aReport(1, 1, aFile('failed', 'passed', 'failed'));
    expect(tallyReport(report, false)).toEqual({ passed: 1, failed: 1 });
  });

  test('counts a file that could not be loaded, or cleaned up, as one failure', () => {
    const report = aReport(3, 1, aFile('failed', 'failed'), aFile('failed'), aFile('failed', 'passed'));
    expect(tallyReport(report, false)).toEqual({ passed: 3, failed: 3 });
  });

  test('counts a bad exit of a run without a failed test as one failure', () => {
    expect(tallyReport(aReport(5, 0, aFile('passed')), false)).toEqual({ passed: 5, failed: 1 });
  });

  test.each([[undefined], [null], [{}], [{ numPassedTests: -1 }]])('counts the report %j as one failure', (report) => {
    expect(tallyReport(report, true)).toEqual({ passed: 0, failed: 1 });
  });
});

test('addTallies sums what passed and what failed', () => {
  expect(addTallies([{ passed: 3, failed: 1 }, NOTHING_RAN, failedStep()])).toEqual({ passed: 3, failed: 2 });
});
