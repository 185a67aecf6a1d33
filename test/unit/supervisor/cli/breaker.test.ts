import { describe, expect, test } from 'vitest';
import { sinkJob } from '../../../../protocol/message/job.ts';
import type { JobStatus } from '../../../../protocol/message/supervisor-status.ts';
import { listBreakers, nameAuthor, renderBreakers } from '../../../../supervisor/cli/breaker-command.ts';
import { aSinkDetail } from '../cluster/simulated-cluster.ts';

const OPEN = { shard: 's0', state: 'open', failures: 5, reason: 'ERG_3001: nobody answers', sinceMs: 1_000 } as const;

function aJob(partition: number, node: string, breakers: readonly (typeof OPEN)[]): JobStatus {
  const status = { state: 'waiting', reason: undefined, sinceMs: 0, detail: aSinkDetail({ breakers }) } as const;
  return {
    job: sinkJob('orders', partition),
    state: 'waiting',
    reason: undefined,
    sinceMs: 0,
    node,
    placeEpoch: 1,
    restarts: 0,
    changesPerSecond: 0,
    recentLatencyP99Ms: 0,
    report: { job: sinkJob('orders', partition), placeEpoch: 1, restarts: 0, status } as never, // what is looked at
    reportAgeMs: 0,
  };
}

describe('the breakers of a status', () => {
  test('are told once for each node, however many sinks it runs', () => {
    const jobs = [aJob(0, 'node-1', [OPEN]), aJob(1, 'node-1', [OPEN]), aJob(2, 'node-2', [OPEN])];
    expect(listBreakers({ jobs }).map(({ pipeline, shard, node }) => [pipeline, shard, node])).toEqual([
      ['orders', 's0', 'node-1'],
      ['orders', 's0', 'node-2'],
    ]);
  });

  test('are shown with state, age and reason', () => {
    const text = renderBreakers([{ pipeline: 'orders', node: 'node-1', ...OPEN }], 61_000).join('\n');
    expect(text).toMatch(/orders +s0 +open +1m0s +node-1 +5 +ERG_3001: nobody answers/);
  });

  test('all closed are one sentence', () => {
    expect(renderBreakers([], 0)).toEqual(['all breakers are closed']);
  });
});

describe('an order', () => {
  test('names who gave it', () => {
    expect(nameAuthor(() => ({ username: 'ann' }))).toMatch(/^ann@./);
  });

  test('is given by a number where a user has no name, as in a container', () => {
    const readUser = () => {
      throw new Error('ENOENT: no such user');
    };
    expect(nameAuthor(readUser)).toMatch(/^uid \d+@./);
  });
});
