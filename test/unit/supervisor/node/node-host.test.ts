import { describe, expect, test } from 'vitest';
import { captureJob, sinkJob } from '../../../../protocol/message/job.ts';
import { NodeRig, transient } from '../../../support/node-rig.ts';

async function startRig(): Promise<NodeRig> {
  const rig = new NodeRig();
  await rig.start();
  return rig;
}

describe('commands', () => {
  test('a spawned actor runs, and the next heartbeat tells so', async () => {
    const rig = await startRig();
    expect(await rig.spawn(5)).toMatchObject({ code: 'OK', maxEpoch: 1 });
    expect(rig.lastActor).toMatchObject({ job: sinkJob('p', 0), placeEpoch: 5, calls: ['start'] });
    expect(await rig.report()).toMatchObject({
      placeEpoch: 5,
      status: { state: 'running' },
      restarts: 0,
      givenUp: false,
    });
  });

  test('an actor that does not get ready keeps nobody waiting', async () => {
    const rig = await startRig();
    rig.script = (actor) => {
      actor.holdStart = new Promise(() => {});
    };
    expect(await rig.spawn(5)).toMatchObject({ code: 'OK' });
    expect(await rig.spawn(6, { job: captureJob('c') })).toMatchObject({ code: 'OK' });
    expect(await rig.report()).toMatchObject({ status: { state: 'starting' } });
    expect(await rig.report('capture.c')).toMatchObject({ status: { state: 'starting' } });
  });

  test('the same spawn again changes nothing', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    expect(await rig.spawn(5)).toMatchObject({ code: 'OK' });
    expect(rig.actors).toHaveLength(1);
  });

  test('a spawn of a lower place epoch is refused, and the running actor stays', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    expect(await rig.spawn(4)).toMatchObject({ code: 'STALE_PLACE' });
    expect(rig.actors.map((actor) => actor.isAlive)).toEqual([true]);
  });

  test('a spawn of a higher place epoch replaces the actor once that has ended', async () => {
    const rig = await startRig();
    const gate = Promise.withResolvers<void>();
    rig.script = (actor) => {
      actor.holdStop = gate.promise;
    };
    await rig.spawn(5);
    expect(await rig.spawn(6)).toMatchObject({ code: 'OK' });
    expect(await rig.report()).toMatchObject({ placeEpoch: 6, status: { state: 'starting' } });
    expect(rig.actors).toHaveLength(1);
    gate.resolve();
    await rig.settle();
    expect(rig.actors.map((actor) => [actor.placeEpoch, actor.isAlive])).toEqual([
      [5, false],
      [6, true],
    ]);
  });

  test('a predecessor that never ends does not hold up the higher place, which fences it', async () => {
    const rig = await startRig();
    rig.script = (actor) => {
      actor.holdStop = actor.placeEpoch === 5 ? new Promise(() => {}) : undefined;
    };
    await rig.spawn(5);
    await rig.spawn(6);
    await rig.advance(10_000);
    expect(rig.lastActor).toMatchObject({ placeEpoch: 6, state: 'running' });
    expect(rig.logger.events.map(({ name }) => name)).toContain('node.actor.stuck');
  });

  test.each(['spawn', 'stop', 'drain', 'inventory'] as const)(
    'a %s of an older leader is refused with the epoch that has spoken, and does nothing',
    async (verb) => {
      const rig = await startRig();
      await rig.spawn(5, { epoch: 7 });
      const body = { job: sinkJob('p', 1), placeEpoch: 9, jobName: 'sink.p.0', drainMs: 0 };
      const reply = await rig.command(verb, body, 6);
      expect(reply).toMatchObject({ code: 'STALE_EPOCH', maxEpoch: 7 });
      expect(reply.body).toBeUndefined();
      await rig.settle();
      expect(rig.actors.map((actor) => actor.isAlive)).toEqual([true]);
      expect(rig.host.describe()).toMatchObject({ draining: false, maxEpoch: 7 });
    },
  );

  test.each([
    ['spawn', { job: { kind: 'sink', pipeline: 'p', partition: -1 }, placeEpoch: 1 }],
    ['spawn', { job: { kind: 'sink', pipeline: 'a.>', partition: 0 }, placeEpoch: 1 }],
    ['spawn', { job: sinkJob('p', 0), placeEpoch: 1.5 }],
    ['stop', { jobName: 'sink.p.0', placeEpoch: 1 }],
    ['stop', null],
    ['drain', { drainMs: '8s' }],
  ] as const)('a %s that cannot be read is answered POISON and believed in nothing: %j', async (verb, body) => {
    const rig = await startRig();
    expect(await rig.command(verb, body, 99)).toMatchObject({ code: 'POISON' });
    expect(rig.host.describe()).toMatchObject({ maxEpoch: 0, actors: [] });
  });

  test('a job of a kind that this version does not know is answered UNSUPPORTED', async () => {
    const rig = await startRig();
    const job = { kind: 'brewer', name: 'brewer.p.0' };
    expect(await rig.command('spawn', { job, placeEpoch: 1 })).toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('an inventory tells everything that a heartbeat does', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    const { body } = await rig.command('inventory', null, 3);
    expect(body).toMatchObject({ node: 'n1', boot: 'b1', maxEpoch: 3, actors: [{ placeEpoch: 5 }], rssBytes: 2 });
  });
});

describe('stopping an actor', () => {
  test('a stop with time drains it, and the heartbeats tell of it until it has ended', async () => {
    const rig = await startRig();
    const gate = Promise.withResolvers<void>();
    rig.script = (actor) => {
      actor.holdDrain = gate.promise;
    };
    await rig.spawn(5);
    expect(await rig.stopActor(5, 4_000)).toMatchObject({ code: 'OK' });
    expect(await rig.report()).toMatchObject({ status: { state: 'draining' } });
    gate.resolve();
    await rig.settle();
    expect(await rig.report()).toBeUndefined();
    expect(rig.lastActor.calls).toEqual(['start', 'drain 4000', 'stop']);
  });

  test('a stop without time cuts a drain short', async () => {
    const rig = await startRig();
    rig.script = (actor) => {
      actor.holdDrain = new Promise(() => {});
    };
    await rig.spawn(5);
    await rig.stopActor(5, 60_000);
    await rig.stopActor(5, 0);
    expect(await rig.report()).toBeUndefined();
  });

  test('a stop of an older place never ends an actor of a higher one', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    expect(await rig.stopActor(4)).toMatchObject({ code: 'STALE_PLACE' });
    expect(rig.lastActor.isAlive).toBe(true);
  });

  test.each([
    ['was stopped', true],
    ['never came', false],
  ])('a spawn that arrives after the stop of its place is refused, when the actor %s', async (_, spawnFirst) => {
    const rig = await startRig();
    if (spawnFirst) {
      await rig.spawn(5);
    }
    const { code } = await rig.stopActor(5);
    expect(code).toBe(spawnFirst ? 'OK' : 'UNKNOWN_ACTOR');
    expect(await rig.spawn(5)).toMatchObject({ code: 'STALE_PLACE' });
    await rig.settle();
    expect(await rig.stopActor(5)).toMatchObject({ code: 'UNKNOWN_ACTOR' });
    expect(rig.actors.some((actor) => actor.isAlive)).toBe(false);
    expect(await rig.spawn(6)).toMatchObject({ code: 'OK' });
  });

  test('an actor that ends because it was told to is not started again', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    await rig.stopActor(5);
    await rig.advance(600_000);
    expect(rig.actors).toHaveLength(1);
    expect(rig.logger.events.map(({ name }) => name)).not.toContain('node.actor.restarting');
  });

  test('an actor that waits for its restart is stopped without one', async () => {
    const rig = await startRig();
    await rig.spawn(5);
    rig.lastActor.fail(transient());
    await rig.settle();
    await rig.stopActor(5);
    await rig.advance(60_000);
    expect(rig.actors).toHaveLength(1);
    expect(rig.newest.actors).toEqual([]);
  });
});

test('hundreds of actors that are spawned, replaced and stopped at once leave none behind', async () => {
  const rig = await startRig();
  for (let round = 1; round <= 20; round++) {
    const commands = Array.from({ length: 100 }, (_, partition) => {
      const job = sinkJob('p', partition % 25);
      const placeEpoch = round * 10 + (partition % 4);
      return partition % 3 === 0 ? rig.stopActor(placeEpoch, partition % 2, job.name) : rig.spawn(placeEpoch, { job });
    });
    await Promise.all(commands);
    const alive = rig.actors.filter((actor) => actor.isAlive).map((actor) => actor.job.name);
    expect(new Set(alive).size).toBe(alive.length);
  }
  await rig.settle();
  const alive = rig.actors.filter((actor) => actor.isAlive);
  const told = rig.host.describe().actors.map(({ job, placeEpoch }) => `${job.name} ${placeEpoch}`);
  expect(alive.map(({ job, placeEpoch }) => `${job.name} ${placeEpoch}`).sort()).toEqual(told.sort());
  expect(alive.length).toBeGreaterThan(0);
  await rig.host.stop();
  expect(rig.actors.some((actor) => actor.isAlive)).toBe(false);
});
