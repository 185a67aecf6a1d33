import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { sinkJob } from '../../../../protocol/message/job.ts';
import type { JobStatus, SupervisorStatus, UnwrittenTotal } from '../../../../protocol/message/supervisor-status.ts';
import { renderUnwritten } from '../../../../supervisor/cli/columns-command.ts';
import { EXIT, exitCodeOf } from '../../../../supervisor/cli/exit-codes.ts';
import { formatAge, formatCount, formatLag, formatLatency } from '../../../../supervisor/cli/format-quantity.ts';
import { renderStatus } from '../../../../supervisor/cli/render-status.ts';
import { renderTable, wrapText } from '../../../../supervisor/cli/render-table.ts';
import { fitStatus } from '../../../../supervisor/status/fit-status.ts';
import { aSinkDetail } from '../cluster/simulated-cluster.ts';

const NOW_MS = 1_000_000_000;

function aJob(partition: number, overrides: Partial<JobStatus> = {}): JobStatus {
  const job = sinkJob('order-settlement', partition);
  const status = {
    state: 'running' as const,
    reason: undefined,
    sinceMs: NOW_MS,
    detail: aSinkDetail({ lagRecords: 12, lagSeconds: 0.4 }),
  };
  return {
    job,
    state: 'running',
    reason: undefined,
    sinceMs: NOW_MS - 3_600_000,
    node: 'node-1',
    placeEpoch: 1,
    restarts: 0,
    changesPerSecond: 250,
    recentLatencyP99Ms: 12,
    report: { job, placeEpoch: 1, status, restarts: 0, givenUp: false },
    reportAgeMs: 100,
    ...overrides,
  };
}

function aStatus(overrides: Partial<SupervisorStatus> = {}): SupervisorStatus {
  return {
    environment: 'prod-kr',
    atMs: NOW_MS,
    supervisor: { id: 's', version: '1', epoch: 41, startedMs: 0, acting: true },
    summary: {
      allJobsKnown: true,
      jobs: 2,
      running: 2,
      lagRecords: 24,
      lagSeconds: 0.4,
      changesPerSecond: 500,
      latencyP50Ms: 5,
      latencyP99Ms: 20,
      recentLatencyP50Ms: 4,
      recentLatencyP99Ms: 12,
      findings: 0,
    },
    jobs: [aJob(0), aJob(1)],
    nodes: [
      {
        node: 'node-1',
        boot: 'b',
        pid: 12_345,
        state: 'live',
        heartbeatAgeMs: 400,
        startedMs: 0,
        actors: 2,
        rssBytes: 250 * 1_048_576,
        cpuPercent: 12.4,
        eventLoopLagMs: 1.2,
        version: '1',
      },
    ],
    findings: [],
    unwrittenColumns: [],
    findingsAgeMs: 500,
    verification: [],
    alerts: [],
    ...overrides,
  };
}

const UNWRITTEN: UnwrittenTotal = {
  pipeline: 'order-seller',
  table: 'orders',
  column: 'note',
  changes: 1_234,
  firstCommitTime: '2026-01-01 00:00:00.002',
  lastCommitTime: '2026-01-01 00:10:00.000',
  ranges: [
    { topic: 'cdc.order', topicEpoch: 0, partition: 0, firstOffset: '17', lastOffset: '4711' },
    { topic: 'cdc.order', topicEpoch: 0, partition: 1, firstOffset: '20', lastOffset: '20' },
  ],
};

const plain = { columns: 80, paint: (_: string, text: string) => text };

describe('the status on a terminal', () => {
  test('fits 80 columns and says what matters', () => {
    const lines = renderStatus(aStatus(), plain);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toMatchInlineSnapshot(`
      [
        "environment prod-kr   2 of 2 jobs running   1 of 1 nodes live   findings 0",
        "epoch 41   500 changes/s   lag 24 records, 0.4s   p50 4.0ms   p99 12ms",
        "since start 5.0ms, 20ms",
        "",
        "JOB                      STATE    SINCE  NODE    CHG/S   LAG  BEHIND   P99",
        "sink.order-settlement.0  running   1h0m  node-1    250  0.4s      12  12ms",
        "sink.order-settlement.1  running   1h0m  node-1    250  0.4s      12  12ms",
        "",
        "NODE    STATE  HEARD      UP    PID  ACTORS  MEMORY   CPU   LOOP",
        "node-1  live    0.4s  11d13h  12345       2  250 MB  12 %  1.2ms",
      ]
    `);
  });

  test('says why a job does not simply run, once for all that have the same reason', () => {
    const reason = 'no heartbeat from node-1 for 2.0 s';
    const jobs = [aJob(0, { state: 'unknown', reason }), aJob(1, { state: 'unknown', reason })];
    const alerts = [{ code: 'ERG_6005', message: 'node-1 has not been heard for 4 s', sinceMs: NOW_MS - 4_000 }];
    expect(renderStatus(aStatus({ jobs, alerts }), plain).slice(-2)).toEqual([
      'ERG_6005 node-1 has not been heard for 4 s (since 4s)',
      `sink.order-settlement.0 and 1 more unknown: ${reason}`,
    ]);
  });

  test('names jobs of several pipelines apart, though they have the same reason', () => {
    const reason = 'ERG_6102: there is no connection to NATS';
    const other = aJob(0, { job: sinkJob('order-seller', 0), state: 'failed', reason });
    const jobs = [aJob(0, { state: 'failed', reason }), other, aJob(1, { state: 'failed', reason })];
    expect(renderStatus(aStatus({ jobs }), plain).slice(-4).join(' ')).toMatch(
      /sink\.order-settlement\.0 and 1 more failed: .* sink\.order-seller\.0 failed: /,
    );
  });

  test('says nothing of a job that settles, until that takes more than a few seconds', () => {
    const summary = { ...aStatus().summary, running: 1, settling: 1 };
    const waiting = (sinceMs: number) => aJob(1, { state: 'waiting', reason: 'ERG_4102: not yet', sinceMs });
    const short = renderStatus(aStatus({ summary, jobs: [aJob(0), waiting(NOW_MS - 4_900)] }), plain).join('\n');
    expect(short).toContain('2 of 2 jobs running');
    expect(short).not.toContain('ERG_4102');
    const long = renderStatus(aStatus({ jobs: [aJob(0), waiting(NOW_MS - 5_000)] }), plain).join('\n');
    expect(long).toContain('sink.order-settlement.1 waiting: ERG_4102: not yet');
  });

  test('names the columns whose values are not written', () => {
    expect(renderStatus(aStatus({ unwrittenColumns: [UNWRITTEN] }), plain).join(' ')).toContain(
      'columns not written, as the target lacks them: order-seller orders.note (ergate   columns list)',
    );
    expect(renderUnwritten([UNWRITTEN])).toMatchInlineSnapshot(`
      [
        "PIPELINE      TABLE   COLUMN  CHANGES  PARTITION  OFFSETS   COMMITTED (UTC)",
        "order-seller  orders  note       1234          0  17..4711  2026-01-01 00:00:00.002 to 2026-01-01 00:10:00.000",
        "                                               1  20..20",
      ]
    `);
    expect(renderUnwritten([])).toHaveLength(1);
  });

  test('never passes on what could steer the terminal', () => {
    const jobs = [aJob(0, { state: 'failed', reason: 'bad \u001b[2J\u009b31m text', node: 'no\u001bde' })];
    const text = renderStatus(aStatus({ jobs }), plain).join('\n');
    expect(text).toContain('bad ?[2J?31m text');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u009b');
  });

  test('is the same text with colours', () => {
    const painted = renderStatus(aStatus(), { columns: 80, paint: (_, text) => `\u001b[32m${text}\u001b[39m` });
    expect(painted.map(stripVTControlCharacters)).toEqual(renderStatus(aStatus(), plain));
  });
});

describe('a status that is too large for one message', () => {
  test('loses the details of the actors and says so', () => {
    const status = aStatus();
    expect(fitStatus(status, 100_000)).toBe(status);
    const cut = fitStatus(status, 1_500);
    expect(cut.jobs.map(({ report, state }) => ({ report, state }))).toEqual(Array(2).fill({ state: 'running' }));
    expect(cut.alerts).toMatchObject([{ code: 'ERG_6009' }]);
  });
});

describe('quantities', () => {
  test.each([
    [formatAge(-5), '0s'],
    [formatAge(59_999), '59s'],
    [formatAge(191_000), '3m11s'],
    [formatAge(24_720_000), '6h52m'],
    [formatAge(356_400_000), '4d3h'],
    [formatLag(0.44), '0.4s'],
    [formatLag(75), '1m15s'],
    [formatLatency(4.21), '4.2ms'],
    [formatLatency(310.4), '310ms'],
    [formatLatency(2_500), '2.5s'],
    [formatCount(99_999), '99999'],
    [formatCount(123_400), '123k'],
    [formatCount(4_500_000), '4.5M'],
  ])('%s', (formatted, expected) => {
    expect(formatted).toBe(expected);
  });
});

describe('text', () => {
  test('is wrapped at spaces, and a word that is too long stays whole', () => {
    expect(wrapText('aaa bbb ccccccccccc d', 8, '  ')).toEqual(['aaa bbb', '  ccccccccccc', '  d']);
  });

  test('in a table lines up', () => {
    const rows = [
      [{ text: 'a' }, { text: '100' }],
      [{ text: 'bbb' }, { text: '7' }],
    ];
    expect(renderTable([{ title: 'NAME' }, { title: 'N', align: 'right' }], rows)).toEqual([
      'NAME    N',
      'a     100',
      'bbb     7',
    ]);
  });
});

describe('exit codes', () => {
  test.each([
    ['ERG_6008', EXIT.unavailable],
    ['ERG_6102', EXIT.unavailable],
    ['ERG_8001', EXIT.configuration],
    ['ERG_8003', EXIT.noInput],
    ['ERG_5001', EXIT.unavailable],
    ['ERG_5002', EXIT.failed],
  ] as const)('%s ends with %i', (code, exitCode) => {
    expect(exitCodeOf(new ReplicationError(code, 'x'))).toBe(exitCode);
  });

  test('what nobody knows is our fault', () => {
    expect(exitCodeOf(new Error('boom'))).toBe(EXIT.internal);
  });
});
