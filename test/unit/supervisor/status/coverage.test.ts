/** What share of the changes that were due is said to be verified. */
import { expect, test } from 'vitest';
import {
  describeVerified,
  formatCoverage,
  renderVerifyingJobs,
} from '../../../../supervisor/cli/render-verification.ts';
import { aRange, aVerifier, NOW_MS, only } from '../../../support/verifying-jobs.ts';

test('counts what was not checked against the coverage, and says unknown when nothing was due', () => {
  const one = only([aVerifier(0), aVerifier(1, { counts: { equal: 80, unchecked: 10 }, suspects: 3 })]);
  expect(one.coverage).toBe(0.95);
  expect(describeVerified(one)).toContain('coverage 95.00 %, cases open 0, being proved 3');
  expect(describeVerified(only([aVerifier(0, { counts: { due: 0, equal: 0, superseded: 0 } })]))).toContain(
    'coverage unknown',
  );
});

test.each([
  ['that was given up', { givenUp: 2 }],
  ['that an earlier verifier has left', { unverifiedRanges: 2 }],
  ['that a verifier of an older version tells of', { unverified: [aRange(), aRange()] }],
])('is not whole beside a range %s: it is one change at least that was not checked', (_, ranges) => {
  const counts = { due: 2_000_000, equal: 1_999_990 };
  const one = only([aVerifier(0), aVerifier(1, { counts, ...ranges })]);
  expect(one.coverage).toBe(2_000_100 / 2_000_102);
  expect(describeVerified(one)).toContain('coverage 99.99 %');
  const [line] = renderVerifyingJobs(
    { jobs: [aVerifier(1, { counts, ...ranges })], atMs: NOW_MS },
    { stateCell: () => ({ text: '' }) },
  );
  expect(line?.join()).toContain('99.99 %');
});

test('counts the changes of a range once, when they are among those that were due', () => {
  const counts = { equal: 80, unchecked: 10 };
  expect(only([aVerifier(0, { counts, givenUp: 3, unverifiedRanges: 7 })]).coverage).toBe(0.9);
  expect(only([aVerifier(0, { counts, givenUp: 4, unverifiedRanges: 7 })]).coverage).toBe(90 / 101);
  const none = { due: 0, equal: 0, superseded: 0 };
  expect(only([aVerifier(0, { counts: none, givenUp: 1 })]).coverage).toBeUndefined();
});

test('coverage is never rounded up', () => {
  expect([1, 0.999_999, 0.5, undefined].map(formatCoverage)).toEqual(['100.00 %', '99.99 %', '50.00 %', 'unknown']);
});
