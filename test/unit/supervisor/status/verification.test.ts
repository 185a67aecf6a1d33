import { describe, expect, test } from 'vitest';
import { recoveryJob, sinkJob, sweeperJob, verifierJob } from '../../../../protocol/message/job.ts';
import type { PipelineVerification } from '../../../../protocol/message/supervisor-status.ts';
import type { VerifierDetail } from '../../../../protocol/message/verification-status.ts';
import type { Settings } from '../../../../protocol/settings/settings-schema.ts';
import {
  describeVerified,
  renderVerification,
  renderVerifyingJobs,
} from '../../../../supervisor/cli/render-verification.ts';
import { alertVerification } from '../../../../supervisor/status/alert-verification.ts';
import { describeVerification } from '../../../../supervisor/status/describe-verification.ts';
import { aJob, aRange, aVerifier, NOW_MS, only, PIPELINES } from '../../../support/verifying-jobs.ts';

const alertsOf = (one: PipelineVerification) =>
  alertVerification([one], PIPELINES, NOW_MS).map(({ code, message }) => `${code} ${message}`);

describe('how far a pipeline is verified', () => {
  test('is as far as the partition that is furthest behind, an old report counted in', () => {
    const late = aVerifier(1);
    const one = only([aVerifier(0), { ...late, reportAgeMs: 2_000 }, aJob(recoveryJob('orders', 0), {})]);
    expect(one).toMatchObject({ verifiedMs: NOW_MS - 5_000, coverage: 1, allCasesKnown: true, openCases: {} });
    expect(describeVerified(one)).toBe(
      'orders verified up to 2026-01-02 03:04:00 UTC, coverage 100.00 %, cases open 0',
    );
  });

  test('is unknown as long as one verifier was not heard, or has not begun', () => {
    for (const silent of [aJob(verifierJob('orders', 1), undefined), aVerifier(1, { verifiedOffset: '' })]) {
      const one = only([aVerifier(0), silent]);
      expect(one.verifiedMs).toBeUndefined();
      expect(describeVerified(one)).toContain('verified up to unknown');
    }
  });

  test('says nothing of pipelines that are not verified, or are refused', () => {
    expect(describeVerification(PIPELINES, [aJob(sinkJob('plain', 0), {})], NOW_MS)).toEqual([]);
    expect(
      describeVerification(
        PIPELINES,
        [aVerifier(0)].map((job) => ({ ...job, state: 'refused' })),
        NOW_MS,
      ),
    ).toEqual([]);
  });

  test('says how many rows the source did not answer for, of all partitions; an older verifier does not tell', () => {
    const one = only([aVerifier(0, { unanswered: 5 }), aVerifier(1, { unanswered: 7 }), aVerifier(2)]);
    expect(one.unanswered).toBe(12);
    expect(describeVerified(one)).toContain(', not answered by the source 12, cases open');
    expect(describeVerified(only([aVerifier(0, { unanswered: 0 })]))).not.toContain('answered');
  });

  test('counts all ranges, of which a verifier tells only the first', () => {
    const range = aRange();
    const older = aVerifier(1, { unverified: [range, range] });
    const one = only([aVerifier(0, { unverified: [range], unverifiedRanges: 70 }), older]);
    expect(describeVerified(one)).toContain('unverified ranges 72');
  });

  test('adds the cases of all partitions up, and says when there may be more', () => {
    const cases = [
      { waiting: 2, closed: 0 },
      { waiting: 1, quarantined: 1 },
    ];
    const recoveries = cases.map((states, partition) =>
      aJob(recoveryJob('orders', partition), { cases: states, oldestCaseMs: NOW_MS - partition * 60_000 }),
    );
    const one = only([aVerifier(0), ...recoveries]);
    expect(describeVerified(one)).toContain('cases open 4 (3 waiting, 1 quarantined)');
    expect(alertsOf(one)).toEqual([
      'ERG_6021 orders has 4 open cases (3 waiting, 1 quarantined), the oldest 1 min old',
    ]);
    const unheard = only([aVerifier(0), ...recoveries, aJob(recoveryJob('orders', 2), undefined)]);
    expect(describeVerified(unheard)).toContain('cases open at least 4');
  });
});

describe('alerts', () => {
  test('there are none while everything is verified and nothing is wrong', () => {
    expect(alertsOf(only([aVerifier(0), aJob(recoveryJob('orders', 0), {}), aJob(sweeperJob('orders'), {})]))).toEqual(
      [],
    );
  });

  test('a table whose repair was stopped, once for all partitions', () => {
    const stopped = [{ table: 'orders', reason: '501 rows in 5 min', sinceMs: NOW_MS }];
    const jobs = [0, 1].map((partition) => aJob(recoveryJob('orders', partition), { stopped }));
    expect(alertsOf(only(jobs))).toEqual([
      'ERG_6024 nothing of orders orders is repaired by itself any more: 501 rows in 5 min',
    ]);
  });

  test('an unverified range, when it is old', () => {
    const range = { shard: 's0', fromOffset: '3', toOffset: '8', reason: 'ERG_3011: away' };
    const young = { ...range, sinceMs: NOW_MS - 60_000 };
    const old = { ...range, sinceMs: NOW_MS - 600_000 };
    expect(alertsOf(only([aVerifier(0, { unverified: [young] })]))).toEqual([]);
    expect(alertsOf(only([aVerifier(2, { unverified: [young, old] })]))).toEqual([
      'ERG_6022 orders partition 2: offsets 3 to 8 of s0 are not verified: ERG_3011: away',
    ]);
  });

  test('a range that nobody reads again, at once, and what to do', () => {
    const never = { shard: '*', fromOffset: '0', toOffset: '8', reason: 'ERG_4002: began there', isReadable: false };
    expect(alertsOf(only([aVerifier(2, { unverified: [{ ...never, sinceMs: NOW_MS }] })]))).toEqual([
      expect.stringMatching(/^ERG_6022 .*ERG_4002.*sweep the tables, then ergate verify give-up$/),
    ]);
    const given = only([aVerifier(0, { givenUp: 1 }), aVerifier(1, { givenUp: 2 })]);
    expect(alertsOf(given)).toEqual([]);
    expect(describeVerified(given)).toContain('ranges given up 3');
  });

  test('a verifier that is behind by more than its delay explains', () => {
    expect(alertsOf(only([aVerifier(0, { lagSeconds: 420 })]))).toEqual([]);
    expect(alertsOf(only([aVerifier(0, { lagSeconds: 421 })]))).toEqual([
      'ERG_6023 orders is verified 421 s behind, of which 120 s are its delay',
    ]);
  });

  test('a job that does not work for a minute', () => {
    const idle = (sinceMs: number) =>
      only([
        aVerifier(0),
        aJob(recoveryJob('orders', 0), undefined, { state: 'unplaced', reason: 'no node', sinceMs }),
      ]);
    expect(alertsOf(idle(NOW_MS - 59_000))).toEqual([]);
    expect(alertsOf(idle(NOW_MS - 60_000))).toEqual([
      'ERG_6025 orders is not verified as its settings say: recovery.orders.0: no node',
    ]);
  });
});

describe('canaries', () => {
  const verification = { delay: 120_000, canary: { table: 'orders', where: { id: ['1'] }, every: 300_000 } };
  const canaries = { orders: { verification } } as unknown as Settings['pipelines'];
  const judge = (detail: object | undefined) => {
    const [one] = describeVerification(
      canaries,
      [aVerifier(0), aJob(recoveryJob('orders', 0), {}), aJob(sweeperJob('orders'), detail && { canary: detail })],
      NOW_MS,
    );
    const alerts = one && alertVerification([one], canaries, NOW_MS).map(({ code, about }) => `${code} ${about}`);
    return one && { alerts, shown: describeVerified(one) };
  };
  const ok = { foundMs: NOW_MS - 600_000 };
  const since = { table: 'orders', sinceMs: NOW_MS - 3_600_000 };
  const by = (sweeper: object, verifier: object) => ({ ...since, by: { sweeper, verifier } });

  test.each([
    [
      'found lately by both',
      by({ foundMs: NOW_MS - 900_000 }, ok),
      [],
      'cases open 0, canary ok (sweeper found 15m0s ago; verifier found 10m0s ago)',
    ],
    [
      'found by one of them long ago',
      by(ok, { foundMs: NOW_MS - 901_000 }),
      ['ERG_4108 orders verifier'],
      'cases open unknown, canary unknown (sweeper ok, found 10m0s ago; verifier found 15m1s ago)',
    ],
    [
      'never tried',
      by({}, {}),
      ['ERG_4108 orders sweeper', 'ERG_4108 orders verifier'],
      'canary unknown (sweeper none found yet; verifier none found yet)',
    ],
    [
      'of an older sweeper',
      since,
      ['ERG_4108 orders sweeper', 'ERG_4108 orders verifier'],
      'cases open unknown, canary unknown',
    ],
    ['just begun', { ...by({}, {}), sinceMs: NOW_MS }, [], 'cases open unknown, canary unknown'],
    [
      'missed by the verifier',
      by(ok, { ...ok, missedMs: NOW_MS - 1_000, reason: 'ERG_4107: late' }),
      ['ERG_4107 orders verifier'],
      'cases open unknown, canary failing (sweeper ok, found 10m0s ago; verifier found 10m0s ago)',
    ],
    [
      'missed by the one, and not lately found by the other',
      by({ missedMs: NOW_MS - 1_000 }, {}),
      ['ERG_4107 orders sweeper', 'ERG_4108 orders verifier'],
      'canary failing (sweeper none found yet; verifier unknown, none found yet)',
    ],
    [
      'found after one that was missed',
      by({ foundMs: NOW_MS - 1_000, missedMs: NOW_MS - 60_000 }, ok),
      [],
      'cases open 0, canary ok',
    ],
    ['without a sweeper that was heard', undefined, [], 'cases open unknown, canary unknown'],
  ])('that are %s say what the number of cases is worth', (_, detail, alerts, shown) => {
    expect(judge(detail)?.alerts).toEqual(alerts);
    expect(judge(detail)?.shown).toContain(shown);
  });

  test('are not spoken of where no rows are reserved', () => {
    const one = only([aVerifier(0), aJob(recoveryJob('orders', 0), {})]);
    expect(describeVerified(one)).toMatch(/cases open 0$/);
  });
});

test('each kind of job has a table of its own, with what matters of it', () => {
  const counts: Partial<VerifierDetail['counts']> = { due: 200, equal: 150, superseded: 40, unchecked: 10 };
  const jobs = [
    aVerifier(0, { counts, suspects: 2, lagSeconds: 121 }),
    aJob(recoveryJob('orders', 0), {
      mode: 'repair',
      cases: { waiting: 3 },
      counts: { reported: 9, repaired: 5, closed: 4, quarantined: 0 },
    }),
    aJob(sweeperJob('orders'), {
      table: 'payment',
      rowsCompared: 123_456,
      mismatches: 1,
      tables: [{ endedMs: NOW_MS - 5_000 }],
    }),
    aJob(verifierJob('orders', 1), undefined, { state: 'placing', node: undefined }),
  ];
  const tables = renderVerifyingJobs({ jobs, atMs: NOW_MS }, { stateCell: ({ state }) => ({ text: state }) });
  expect(tables.map((lines) => lines.map((line) => line.split(/ {2,}/)))).toEqual([
    [
      ['VERIFIER', 'STATE', 'SINCE', 'NODE', 'ROWS/S', 'BEHIND', 'SUSPECTS', 'UNVERIFIED', 'COVERAGE'],
      ['verifier.orders.0', 'running', '1s', 'node-1', '10', '2m1s', '2', '0', '95.00 %'],
      ['verifier.orders.1', 'placing', '1s', '-', '-', '-', '-', '-', '-'],
    ],
    [
      ['RECOVERY', 'STATE', 'SINCE', 'NODE', 'MODE', 'OPEN', 'REPORTED', 'REPAIRED', 'CLOSED', 'QUARANTINED'],
      ['recovery.orders.0', 'running', '1s', 'node-1', 'repair', '3', '9', '5', '4', '0'],
    ],
    [
      ['SWEEPER', 'STATE', 'SINCE', 'NODE', 'ROWS/S', 'TABLE', 'ROWS', 'MISMATCHES', 'LAST'],
      ['sweeper.orders', 'running', '1s', 'node-1', '10', 'payment', '123k', '1', '5s'],
    ],
  ]);
});

test('a status of an older supervisor, which tells nothing of it, is shown all the same', () => {
  expect(renderVerification({}, 80)).toEqual([]);
});
