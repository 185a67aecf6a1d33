import { describe, expect, test } from 'vitest';
import { leaderEpochOf } from '../../../../supervisor/cluster/place-epochs.ts';
import { aRunningCluster, DEAD_MS, SETTLED_MS, SimulatedCluster } from './simulated-cluster.ts';

describe('a supervisor that starts', () => {
  test('places nothing before every living node must have been heard, then every job once', () => {
    const cluster = new SimulatedCluster({ orders: 8 }, ['source']);
    cluster.addNode('node-1');
    cluster.addNode('node-2');
    cluster.run(DEAD_MS - 200);
    expect(cluster.sent.filter(({ verb }) => verb !== 'inventory')).toEqual([]);
    cluster.run(3_000);
    const places = Object.values(cluster.whereabouts());
    expect(places).toHaveLength(9);
    expect(places.every((nodes) => nodes.length === 1)).toBe(true);
    expect(cluster.loads().sort()).toEqual([4, 5]);
  });

  test('adopts what runs and gives no command but its greeting', () => {
    const cluster = aRunningCluster(3);
    const before = cluster.whereabouts();
    cluster.sent.length = 0;
    cluster.startSupervisor();
    cluster.run(60_000);
    expect(cluster.whereabouts()).toEqual(before);
    expect(cluster.sent.every(({ verb }) => verb === 'inventory')).toBe(true);
    expect([...cluster.nodes.values()].map(({ maxEpoch }) => maxEpoch)).toEqual([2, 2, 2]);
  });

  test('keeps sinks that run while it does not know the partitions of their topic', () => {
    const cluster = aRunningCluster(2);
    const before = cluster.whereabouts();
    cluster.counts.clear();
    cluster.startSupervisor();
    cluster.run(10_000);
    expect(cluster.whereabouts()).toEqual(before);
    // Also when the node dies that runs some of them.
    cluster.nodes.get('node-1')!.isUp = false;
    cluster.run(10_000);
    expect(cluster.nodes.get('node-2')!.actors.size).toBe(9);
  });

  test('starts no capture before its topic is known', () => {
    const cluster = new SimulatedCluster({}, ['source']);
    cluster.counts.clear();
    cluster.addNode('node-1');
    cluster.run(10_000);
    expect(cluster.whereabouts()).toEqual({});
    expect([...cluster.reconciler.held.keys()]).toEqual(['capture.source']);
    cluster.counts.set('topic.source', 4);
    cluster.run(2_000);
    expect(cluster.whereabouts()).toEqual({ 'capture.source': ['node-1'] });
  });

  test('gives place epochs above all of the one before it', () => {
    const cluster = aRunningCluster(2);
    cluster.startSupervisor();
    cluster.run(SETTLED_MS);
    cluster.nodes.get('node-1')!.isUp = false;
    cluster.run(10_000);
    const epochs = [...cluster.nodes.get('node-2')!.actors.values()].map(({ placeEpoch }) => leaderEpochOf(placeEpoch));
    expect(epochs.filter((epoch) => epoch === 1)).not.toEqual([]);
    expect(epochs.filter((epoch) => epoch === 2)).not.toEqual([]);
  });
});

describe('a node that dies', () => {
  test('loses its actors to the others, and nothing else moves', () => {
    const cluster = aRunningCluster(3);
    const before = cluster.whereabouts();
    cluster.nodes.get('node-2')!.isUp = false;
    cluster.run(DEAD_MS + 2_000);
    const after = cluster.whereabouts();
    for (const [job, nodes] of Object.entries(before)) {
      expect(after[job]).toEqual(nodes[0] === 'node-2' ? [expect.stringMatching(/^node-[13]$/)] : nodes);
    }
  });

  test('keeps its actors when it is only silent for a moment', () => {
    const cluster = aRunningCluster(3);
    const before = cluster.whereabouts();
    cluster.sent.length = 0;
    cluster.nodes.get('node-2')!.isUp = false;
    cluster.run(DEAD_MS - 1_000);
    cluster.nodes.get('node-2')!.isUp = true;
    cluster.run(30_000);
    expect(cluster.whereabouts()).toEqual(before);
    expect(cluster.sent).toEqual([]);
  });

  test('gets the same jobs back when its process is restarted at once, at newer places', () => {
    const cluster = aRunningCluster(3);
    const before = cluster.whereabouts();
    const node = cluster.nodes.get('node-2')!;
    const epochs = new Map([...node.actors].map(([job, { placeEpoch }]) => [job, placeEpoch]));
    node.restart(cluster.nowMs);
    cluster.run(3_000);
    expect(cluster.whereabouts()).toEqual(before);
    for (const [job, { placeEpoch }] of node.actors) {
      expect(placeEpoch).toBeGreaterThan(epochs.get(job)!);
    }
  });

  test('is told to stop what it still runs when it wakes up, and then gets its share', () => {
    const cluster = aRunningCluster(3);
    const node = cluster.nodes.get('node-2')!;
    node.isUp = false;
    cluster.run(DEAD_MS + 5_000);
    const olderEpoch = Math.max(...[...node.actors.values()].map(({ placeEpoch }) => placeEpoch));
    node.isUp = true;
    cluster.run(1_000);
    expect([...node.actors.values()].filter(({ placeEpoch }) => placeEpoch <= olderEpoch)).toEqual([]);
    expect(node.obeyed.at(-1)).toMatchObject({ verb: 'stop', body: { drainMs: 0 } });
    cluster.run(30_000);
    expect(Object.values(cluster.whereabouts()).every((nodes) => nodes.length === 1)).toBe(true);
    expect(cluster.loads()).toEqual([3, 3, 3]);
  });
});

describe('many nodes that fall silent at once', () => {
  test('keep their actors for a while, as it is more likely that we are cut off', () => {
    const cluster = aRunningCluster(5);
    for (const name of ['node-1', 'node-2', 'node-3']) {
      cluster.nodes.get(name)!.isUp = false;
    }
    cluster.sent.length = 0;
    cluster.run(20_000);
    expect(cluster.reconciler.isFrozen).toBe(true);
    expect(cluster.sent).toEqual([]);
    for (const node of cluster.nodes.values()) {
      node.isUp = true;
    }
    cluster.run(10_000);
    expect(cluster.reconciler.isFrozen).toBe(false);
    expect(cluster.sent).toEqual([]);
  });

  test('lose them at once when they died one after the other', () => {
    const cluster = aRunningCluster(3);
    for (const name of ['node-1', 'node-2']) {
      cluster.nodes.get(name)!.isUp = false;
      cluster.run(DEAD_MS + 2_000);
    }
    expect(cluster.reconciler.isFrozen).toBe(false);
    expect(cluster.nodes.get('node-3')!.actors.size).toBe(9);
  });

  test('lose them in the end, because waiting for ever helps nobody', () => {
    const cluster = aRunningCluster(5);
    for (const name of ['node-1', 'node-2', 'node-3']) {
      cluster.nodes.get(name)!.isUp = false;
    }
    cluster.run(40_000);
    expect(Object.keys(cluster.whereabouts())).toHaveLength(9);
  });
});

describe('a new node', () => {
  test('takes its share by few moves, the new actor before the old one ends', () => {
    const cluster = aRunningCluster(2);
    cluster.addNode('node-3');
    cluster.sent.length = 0;
    cluster.run(30_000);
    expect(cluster.loads()).toEqual([3, 3, 3]);
    const moves = cluster.sent.filter(({ verb }) => verb !== 'inventory');
    const spawned = moves.flatMap((command) => (command.verb === 'spawn' ? [command] : []));
    expect(spawned.map(({ node }) => node)).toEqual(['node-3', 'node-3', 'node-3']);
    for (const spawn of spawned) {
      const name = spawn.body.job.name;
      const stop = moves.findIndex(({ verb, body }) => verb === 'stop' && 'jobName' in body && body.jobName === name);
      expect(stop).toBeGreaterThan(moves.indexOf(spawn));
    }
  });

  test('does not end the old actor while the new one has not started', () => {
    const cluster = aRunningCluster(2);
    cluster.addNode('node-3').isSlow = true;
    cluster.sent.length = 0;
    cluster.run(10_000);
    expect(cluster.sent.filter(({ verb }) => verb === 'stop')).toEqual([]);
    expect(Object.values(cluster.whereabouts()).filter((nodes) => nodes.length === 2)).toHaveLength(1);
  });
});

describe('a node that drains', () => {
  test('gives all its actors away, a capture only after the old one ended', () => {
    const cluster = aRunningCluster(3);
    const from = [...cluster.nodes.values()].find(({ actors }) => actors.has('capture.source'))!;
    from.draining = true;
    cluster.sent.length = 0;
    cluster.run(5_000);
    expect(from.actors.size).toBe(0);
    expect(Object.keys(cluster.whereabouts())).toHaveLength(9);
    const capture = cluster.sent.filter(({ body }) => JSON.stringify(body).includes('capture.source'));
    expect(capture.map(({ verb }) => verb)).toEqual(['stop', 'spawn']);
    expect(capture[0]).toMatchObject({ node: from.name, body: { drainMs: 10_000 } });
  });

  test('keeps them when there is no other node', () => {
    const cluster = aRunningCluster(1);
    cluster.nodes.get('node-1')!.draining = true;
    cluster.run(5_000);
    expect(cluster.loads()).toEqual([9]);
  });
});

describe('after a time in which nothing could be heard', () => {
  test('no node counts as dead until it has had the full time to speak', () => {
    const cluster = aRunningCluster(3);
    cluster.nowMs += 60_000;
    cluster.registry.restartHearing(cluster.nowMs);
    cluster.sent.length = 0;
    cluster.run(30_000);
    expect(cluster.sent).toEqual([]);
    expect(cluster.events.filter(({ name }) => name === 'node.lost')).toEqual([]);
  });
});
