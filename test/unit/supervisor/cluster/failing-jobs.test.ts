import { describe, expect, test } from 'vitest';
import { aRunningCluster, DEAD_MS, SETTLED_MS, SimulatedCluster } from './simulated-cluster.ts';

describe('a job that fails', () => {
  test('is tried on a second node', () => {
    const cluster = new SimulatedCluster({ orders: 4 });
    cluster.addNode('node-1').poison.add('sink.orders.0');
    cluster.addNode('node-2');
    cluster.run(10_000);
    expect(cluster.whereabouts()).toMatchObject({ 'sink.orders.0': ['node-2'] });
  });

  test('is quarantined after two nodes, with its reason, and others go on', () => {
    const cluster = new SimulatedCluster({ orders: 4 });
    for (const name of ['node-1', 'node-2', 'node-3']) {
      cluster.addNode(name).poison.add('sink.orders.0');
    }
    cluster.run(15_000);
    expect(cluster.book.find('sink.orders.0')?.quarantine?.reason).toBe('ERG_3005: the table is missing');
    expect(Object.keys(cluster.whereabouts()).sort()).toEqual(['sink.orders.1', 'sink.orders.2', 'sink.orders.3']);
    const tried = cluster.sent.filter(
      ({ verb, body }) => verb === 'spawn' && JSON.stringify(body).includes('orders.0'),
    );
    expect(new Set(tried.map(({ node }) => node)).size).toBe(2);
  });

  test('is tried again after a pause that grows, and stays once it works', () => {
    const cluster = new SimulatedCluster({ orders: 1 });
    const node = cluster.addNode('node-1');
    node.poison.add('sink.orders.0');
    const spawns = () => cluster.sent.filter(({ verb }) => verb === 'spawn').length;
    cluster.run(10_000);
    expect(spawns()).toBe(1);
    cluster.run(60_000);
    expect(spawns()).toBe(2);
    cluster.run(60_000);
    expect(spawns()).toBe(2);
    cluster.run(65_000);
    expect(spawns()).toBe(3);
    node.poison.clear();
    cluster.run(300_000);
    expect(spawns()).toBe(4);
    expect(cluster.whereabouts()).toEqual({ 'sink.orders.0': ['node-1'] });
  });

  test('counts as failed on nodes where a restarted supervisor finds it given up', () => {
    const cluster = new SimulatedCluster({ orders: 1 });
    const node = cluster.addNode('node-1');
    node.poison.add('sink.orders.0');
    cluster.run(DEAD_MS + 200); // spawned, not heard yet
    expect(node.actors.get('sink.orders.0')?.givenUp).toBe(true);
    cluster.startSupervisor();
    cluster.run(SETTLED_MS);
    expect(cluster.book.find('sink.orders.0')?.quarantine?.reason).toBe('ERG_3005: the table is missing');
  });
});

describe('an actor that is not where it should be', () => {
  test('is given a newer place when it vanished from a living node', () => {
    const cluster = aRunningCluster(2);
    const node = cluster.nodes.get('node-1')!;
    const [job, actor] = [...node.actors][0]!;
    node.actors.delete(job);
    cluster.run(2_000);
    expect(node.actors.get(job)!.placeEpoch).toBeGreaterThan(actor.placeEpoch);
  });

  test('is placed anew when it was fenced', () => {
    const cluster = aRunningCluster(2);
    const node = cluster.nodes.get('node-1')!;
    const [job, actor] = [...node.actors][0]!;
    Object.assign(actor, { state: 'failed', reason: 'ERG_1203: a newer place owns it', givenUp: true });
    cluster.run(2_000);
    expect(node.actors.get(job)).toMatchObject({ state: 'running' });
    expect(node.actors.get(job)!.placeEpoch).toBeGreaterThan(actor.placeEpoch);
  });

  test('is stopped with time to drain when its job is no longer wanted', () => {
    const cluster = aRunningCluster(2);
    const holder = [...cluster.nodes.values()].find(({ actors }) => actors.has('sink.orders.7'))!;
    holder.obeyed.length = 0;
    cluster.counts.set('topic.orders', 7);
    cluster.run(1_000);
    expect(cluster.whereabouts()).not.toHaveProperty(['sink.orders.7']);
    expect(holder.obeyed).toMatchObject([{ verb: 'stop', body: { jobName: 'sink.orders.7', drainMs: 10_000 } }]);
  });

  test('is stopped where it has the older place when two nodes claim it', () => {
    const cluster = aRunningCluster(2);
    const [one, two] = [...cluster.nodes.values()];
    const [job, actor] = [...one!.actors].find(([name]) => name.startsWith('sink'))!;
    two!.actors.set(job, { ...actor, placeEpoch: actor.placeEpoch - 1 });
    cluster.run(2_000);
    expect(cluster.whereabouts()[job]).toEqual([one!.name]);
  });
});
