import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { captureJob, sinkJob } from '../../../../protocol/message/job.ts';
import { HEARTBEAT_MS, NodeRig, transient } from '../../../support/node-rig.ts';

async function startRig(): Promise<NodeRig> {
  const rig = new NodeRig();
  await rig.start();
  return rig;
}

describe('heartbeats', () => {
  test('come regularly, with everything, also when nothing happens', async () => {
    const rig = await startRig();
    expect(rig.heartbeats).toHaveLength(1);
    for (let beat = 0; beat < 5; beat++) {
      await rig.advance(HEARTBEAT_MS);
    }
    expect(rig.heartbeats).toHaveLength(6);
    expect(rig.newest).toMatchObject({
      node: 'n1',
      boot: 'b1',
      pid: process.pid,
      version: '0.1.0',
      draining: false,
      eventLoopLagMs: 1,
      rssBytes: 2,
      cpuSeconds: 3,
      actors: [],
    });
  });

  test('tell of the breakers that are not simply closed', async () => {
    const breaker = { pipeline: 'p', shard: 's0', state: 'open', failures: 5, reason: 'away', sinceMs: 1 } as const;
    let breakers: readonly (typeof breaker)[] = [breaker];
    const rig = new NodeRig({ listBreakers: () => breakers });
    await rig.start();
    expect(rig.newest.breakers).toEqual([breaker]);
    breakers = [];
    await rig.advance(HEARTBEAT_MS);
    expect(rig.newest.breakers).toBeUndefined();
  });

  test('come within 100 ms of a change, and not more often than every 100 ms', async () => {
    const rig = await startRig();
    await rig.advance(500);
    for (let partition = 0; partition < 50; partition++) {
      await rig.spawn(1, { job: sinkJob('p', partition) });
    }
    await rig.advance(0);
    expect(rig.heartbeats).toHaveLength(2);
    expect(rig.newest.actors).toHaveLength(50);
    for (const actor of [...rig.actors]) {
      actor.fail(transient());
      await rig.advance(10);
    }
    expect(rig.heartbeats.length).toBeGreaterThan(3);
    expect(rig.heartbeats.length).toBeLessThanOrEqual(2 + 500 / 100 + 1);
  });

  test('stop while NATS is away, actors go on, and a heartbeat comes at once when it is back', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    await rig.report();
    rig.network.goDown();
    const before = rig.heartbeats.length;
    await rig.advance(600_000);
    expect(rig.actors.map((actor) => actor.calls)).toEqual([['start']]);
    expect(rig.heartbeats).toHaveLength(before);
    rig.network.comeUp();
    await rig.advance(100);
    expect(rig.heartbeats.length).toBeGreaterThan(before);
    expect(rig.newest.actors).toHaveLength(1);
  });

  test('go on when the status of an actor cannot be read', async () => {
    const rig = await startRig();
    rig.script = (actor) => {
      actor.status = () => {
        throw new Error('no status');
      };
    };
    await rig.spawn(5);
    expect(await rig.report()).toMatchObject({
      status: { state: 'failed', reason: expect.stringContaining('no status') },
    });
  });
});

describe('draining the node', () => {
  test('ends all actors, takes no more, and tells so', async () => {
    const rig = await startRig();
    const gate = Promise.withResolvers<void>();
    rig.script = (actor) => {
      actor.holdDrain = gate.promise;
    };
    await rig.spawn(5);
    await rig.spawn(5, { job: captureJob('c') });
    const drained = rig.host.drain(8_000);
    expect(await rig.spawn(6, { job: sinkJob('p', 1) })).toMatchObject({ code: 'DRAINING' });
    expect(await rig.report()).toMatchObject({ status: { state: 'draining' } });
    expect(rig.newest.draining).toBe(true);
    gate.resolve();
    expect(await drained).toBe(true);
    await rig.host.stop();
    await rig.settle();
    expect(rig.newest).toMatchObject({ draining: true, actors: [] });
    expect(rig.actors.map(({ calls }) => calls)).toEqual([
      ['start', 'drain 8000', 'stop'],
      ['start', 'drain 8000', 'stop'],
    ]);
    await expect(rig.spawn(7)).rejects.toMatchObject({ code: 'ERG_6101' });
  });

  test('does not wait longer than its deadline', async () => {
    const rig = await startRig();
    rig.script = (actor) => {
      actor.holdDrain = new Promise(() => {});
    };
    await rig.spawn(5);
    const drained = rig.host.drain(8_000);
    await rig.advance(8_000);
    expect(await drained).toBe(false);
    await rig.host.stop();
    expect(rig.actors.map((actor) => actor.isAlive)).toEqual([false]);
  });

  test('can be asked for by the supervisor', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    expect(await rig.command('drain', { drainMs: 1_000 })).toMatchObject({ code: 'OK' });
    await rig.advance(100);
    expect(rig.newest).toMatchObject({ draining: true, actors: [] });
  });

  test('waits for no actor that waits for its restart', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    rig.lastActor.fail(new ReplicationError('ERG_1503', 'wrong binlog format'));
    await rig.settle();
    expect(await rig.host.drain(8_000)).toBe(true);
  });
});

describe('two processes with the name of one node', () => {
  const hear = (rig: NodeRig, boot: string, startedMs: number) => {
    const body = { ...rig.host.describe(), boot, startedMs };
    rig.supervisor.publish(rig.subjects.nodeHeartbeat('n1'), { type: 'node.heartbeat', id: 'x', epoch: 0, body });
    return rig.settle();
  };

  test('the older one ends, the newer one stays', async () => {
    const rig = await startRig();
    await hear(rig, 'b0', rig.clock.wallMs() - 1_000);
    expect(rig.superseded).toBe(0);
    await hear(rig, 'b2', rig.clock.wallMs() + 1_000);
    expect(rig.superseded).toBe(1);
  });

  test('of two that started in the same millisecond one ends', async () => {
    const rig = await startRig();
    await hear(rig, 'b0', rig.clock.wallMs());
    expect(rig.superseded).toBe(0);
    await hear(rig, 'b2', rig.clock.wallMs());
    expect(rig.superseded).toBe(1);
  });

  test('it does not mistake its own heartbeat for another', async () => {
    const rig = await startRig();
    await rig.advance(10 * HEARTBEAT_MS);
    expect(rig.superseded).toBe(0);
  });
});
