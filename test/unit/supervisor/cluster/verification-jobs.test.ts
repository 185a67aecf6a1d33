import { describe, expect, test } from 'vitest';
import { type Job, recoveryJob, sinkJob, verifierJob } from '../../../../protocol/message/job.ts';
import type { Settings } from '../../../../protocol/settings/settings-schema.ts';
import { chooseJobs } from '../../../../supervisor/cluster/choose-jobs.ts';
import { readHeartbeat } from '../../../../supervisor/cluster/read-heartbeat.ts';
import { DEAD_MS, SETTLED_MS, SimulatedCluster, SimulatedNode } from './simulated-cluster.ts';

function jobsOf(
  verification: object | undefined,
  partitions: number | undefined,
  { running = [sinkJob('orders', 1)], apply = true }: { running?: readonly Job[]; apply?: boolean } = {},
) {
  // Only what decides which jobs are wanted.
  const settings = { captures: {}, pipelines: { orders: { source: { topic: 't' }, apply, verification } } };
  const counts = new Map(partitions === undefined ? [] : [['t', partitions]]);
  return chooseJobs(settings as unknown as Settings, counts, running, new Map());
}

describe('which jobs are wanted', () => {
  test('of a pipeline that is not verified: its sinks alone', () => {
    expect(jobsOf(undefined, 2).jobs).toEqual([sinkJob('orders', 0), sinkJob('orders', 1)]);
  });

  test('of one that is: a verifier and a recovery job for each partition, and one sweeper', () => {
    expect(jobsOf({}, 2).jobs.map(({ name }) => name)).toEqual([
      'sink.orders.0',
      'sink.orders.1',
      'verifier.orders.0',
      'verifier.orders.1',
      'recovery.orders.0',
      'recovery.orders.1',
      'sweeper.orders',
    ]);
  });

  test('of one that another tool applies: no sink', () => {
    expect(jobsOf({}, 1, { apply: false }).jobs.map(({ name }) => name)).toEqual([
      'verifier.orders.0',
      'recovery.orders.0',
      'sweeper.orders',
    ]);
  });

  test('while the partitions are not known, those for which anything runs', () => {
    const running = [sinkJob('other', 0), verifierJob('orders', 2), recoveryJob('orders', 1)];
    expect(jobsOf({}, undefined, { running }).jobs.map(({ name }) => name)).toEqual([
      'sink.orders.1',
      'sink.orders.2',
      'verifier.orders.1',
      'verifier.orders.2',
      'recovery.orders.1',
      'recovery.orders.2',
      'sweeper.orders',
    ]);
  });
});

function aVerifiedCluster(): SimulatedCluster {
  const cluster = new SimulatedCluster({ orders: 4 }, [], {});
  cluster.addNode('node-1');
  cluster.addNode('node-2');
  cluster.run(SETTLED_MS);
  return cluster;
}

/** Of the jobs on a node: how many of each kind. */
function kindsOn(cluster: SimulatedCluster, node: string): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const [job, nodes] of Object.entries(cluster.whereabouts())) {
    const [kind = ''] = job.split('.');
    if (nodes.includes(node)) {
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
  }
  return kinds;
}

describe('where they run', () => {
  test('each kind is spread over the nodes', () => {
    const cluster = aVerifiedCluster();
    for (const node of ['node-1', 'node-2']) {
      expect(kindsOn(cluster, node)).toMatchObject({ sink: 2, verifier: 2, recovery: 2 });
    }
    expect(cluster.loads().sort()).toEqual([6, 7]);
  });

  test('of a lost node, sinks are placed at once, verifiers after ten times as long, the rest after twenty', () => {
    const cluster = aVerifiedCluster();
    cluster.nodes.get('node-2')!.isUp = false;
    cluster.run(DEAD_MS + 2_000);
    expect(kindsOn(cluster, 'node-1')).toMatchObject({ sink: 4, verifier: 2, recovery: 2 });
    cluster.run(9 * DEAD_MS);
    expect(kindsOn(cluster, 'node-1')).toMatchObject({ sink: 4, verifier: 4, recovery: 2 });
    cluster.run(10 * DEAD_MS);
    expect(kindsOn(cluster, 'node-1')).toEqual({ sink: 4, verifier: 4, recovery: 4, sweeper: 1 });
  });

  test('a node that comes back in between has its verifiers again, and no one else has them meanwhile', () => {
    const cluster = aVerifiedCluster();
    const lost = cluster.nodes.get('node-2')!;
    const before = kindsOn(cluster, 'node-2');
    cluster.sent.length = 0;
    lost.isUp = false;
    cluster.run(DEAD_MS + 5_000);
    lost.restart(cluster.nowMs);
    cluster.run(30_000);
    expect(kindsOn(cluster, 'node-2')).toEqual(before);
    const spawns = cluster.sent.filter(({ verb, node }) => verb === 'spawn' && node === 'node-1');
    expect(spawns.map(({ body }) => 'job' in body && body.job.kind)).not.toContain('recovery');
  });

  test('a node that drains gives all of them away at once', () => {
    const cluster = aVerifiedCluster();
    cluster.nodes.get('node-2')!.draining = true;
    cluster.run(5_000);
    expect(kindsOn(cluster, 'node-1')).toEqual({ sink: 4, verifier: 4, recovery: 4, sweeper: 1 });
    expect(cluster.nodes.get('node-2')!.actors.size).toBe(0);
  });

  test('a verifier that moves goes on until the new one works; a recovery actor ends first', () => {
    const cluster = aVerifiedCluster();
    const moves = new Map([...cluster.nodes.get('node-2')!.actors.keys()].map((job) => [job, [] as string[]]));
    cluster.nodes.get('node-2')!.draining = true;
    cluster.sent.length = 0;
    cluster.run(5_000);
    for (const { verb, body } of cluster.sent) {
      const name = 'jobName' in body ? body.jobName : 'job' in body ? body.job.name : '';
      moves.get(name)?.push(verb);
    }
    for (const [job, verbs] of moves) {
      const endsFirst = job.startsWith('recovery') || job.startsWith('sweeper');
      expect([job, ...verbs]).toEqual(endsFirst ? [job, 'stop', 'spawn'] : [job, 'spawn', 'stop']);
    }
  });
});

test('an actor of a kind that a newer node has is left out of its heartbeat, and the others are heard', () => {
  const node = new SimulatedNode('node-1', 1);
  const report = (kind: string, detail = kind) => ({
    job: { kind, name: `${kind}.orders.0` },
    placeEpoch: 1,
    status: { state: 'running', detail: { kind: detail } },
    restarts: 0,
    givenUp: false,
  });
  const heard = readHeartbeat({
    ...node.heartbeat(),
    actors: [report('sink'), report('brewer'), report('verifier'), report('sink', 'brewer')],
  });
  expect(heard?.actors.map(({ job }) => job.kind)).toEqual(['sink', 'verifier']);
});
