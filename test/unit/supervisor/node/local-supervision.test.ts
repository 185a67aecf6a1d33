import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { BUDGET, NodeRig, transient } from '../../../support/node-rig.ts';

async function spawnOne(script: NodeRig['script'] = () => {}): Promise<NodeRig> {
  const rig = new NodeRig();
  rig.script = script;
  await rig.start();
  await rig.spawn(5);
  await rig.settle();
  return rig;
}

/** Lets a restart that is due come. */
async function awaitRestart(rig: NodeRig): Promise<void> {
  await rig.settle();
  await rig.advance(5_000);
}

test('an actor that fails is started again, as a fresh one, after a delay', async () => {
  const rig = await spawnOne();
  const [first] = rig.actors;
  first!.fail(transient());
  await rig.settle();
  expect(rig.actors).toHaveLength(1);
  expect(await rig.report()).toMatchObject({
    status: { state: 'failed', reason: 'ERG_1204: Kafka is away' },
    restarts: 0,
    givenUp: false,
  });
  await rig.advance(5_000);
  expect(rig.actors).toHaveLength(2);
  expect(first!.calls).toEqual(['start', 'stop']);
  expect(await rig.report()).toMatchObject({ status: { state: 'running' }, restarts: 1, placeEpoch: 5 });
});

test('an actor that rejects its start and also ends is started again once', async () => {
  const rig = await spawnOne((actor) => {
    actor.holdStart = Promise.reject(transient());
    actor.holdStart.catch(() => actor.fail(transient()));
  });
  rig.script = () => {};
  await awaitRestart(rig);
  expect(rig.actors).toHaveLength(2);
});

test('an actor that cannot be built is tried again like one that fails', async () => {
  let builds = 0;
  const rig = new NodeRig({
    createActor: () => {
      builds++;
      throw transient();
    },
  });
  await rig.start();
  expect(await rig.spawn(5)).toMatchObject({ code: 'OK' });
  expect(await rig.report()).toMatchObject({ status: { state: 'failed', reason: 'ERG_1204: Kafka is away' } });
  expect(builds).toBe(1);
  await rig.advance(200);
  expect(builds).toBe(2);
});

test('the delays grow, and the budget ends them: the actor is given up, once, and told of', async () => {
  const rig = await spawnOne();
  const delays: number[] = [];
  for (let restart = 0; restart < BUDGET.restarts; restart++) {
    rig.lastActor.fail(transient());
    await awaitRestart(rig);
    delays.push(
      Number(rig.logger.events.findLast(({ name }) => name === 'node.actor.restarting')?.fields?.['delayMs']),
    );
  }
  expect(delays).toEqual([200, 400, 800, 1599, 3198]);
  rig.lastActor.fail(transient());
  await rig.advance(600_000);
  expect(rig.actors).toHaveLength(1 + BUDGET.restarts);
  expect(await rig.report()).toMatchObject({
    status: { state: 'failed', reason: 'ERG_1204: Kafka is away (after 5 restarts within 60 s)' },
    restarts: BUDGET.restarts,
    givenUp: true,
  });
  expect(rig.logger.events.filter(({ name }) => name === 'node.actor.given-up')).toHaveLength(1);
});

test('failures that are far apart never spend the budget', async () => {
  const rig = await spawnOne();
  for (let failure = 0; failure < 4 * BUDGET.restarts; failure++) {
    rig.lastActor.fail(transient());
    await awaitRestart(rig);
    await rig.advance(BUDGET.withinMs / BUDGET.restarts);
  }
  expect(rig.lastActor.state).toBe('running');
  expect(await rig.report()).toMatchObject({ givenUp: false, restarts: 4 * BUDGET.restarts });
});

test('a new place starts with a full budget', async () => {
  const rig = await spawnOne();
  for (let failure = 0; failure <= BUDGET.restarts; failure++) {
    rig.lastActor.fail(transient());
    await awaitRestart(rig);
  }
  expect(await rig.report()).toMatchObject({ givenUp: true });
  await rig.spawn(6);
  expect(await rig.report()).toMatchObject({ status: { state: 'running' }, restarts: 0, givenUp: false });
});

describe('ends that a restart does not mend', () => {
  test.each([
    ['a fenced actor', new ReplicationError('ERG_5003', 'a newer capture')],
    ['an actor that was cancelled', new ReplicationError('ERG_9001', 'cancelled')],
    ['an actor that ended without an error', undefined],
  ])('%s is never started again', async (_, error) => {
    const rig = await spawnOne();
    rig.lastActor.fail(error);
    await rig.settle();
    await rig.advance(3_600_000);
    expect(rig.actors).toHaveLength(1);
    expect(await rig.report()).toMatchObject({ status: { state: 'failed' }, givenUp: true, restarts: 0 });
  });

  test('what a person has to mend is tried again with long pauses, for ever, and never given up', async () => {
    const rig = await spawnOne((actor) => {
      actor.holdStart = Promise.reject(new ReplicationError('ERG_1503', 'expected binlog_format=ROW'));
    });
    await rig.advance(4_000);
    expect(rig.actors).toHaveLength(1);
    for (let minute = 0; minute < 60; minute++) {
      await rig.advance(60_000);
    }
    expect(rig.actors.length).toBeGreaterThan(55);
    expect(rig.actors.length).toBeLessThan(65);
    expect(await rig.report()).toMatchObject({
      givenUp: false,
      status: { reason: expect.stringMatching(/^ERG_1503/) },
    });
    rig.script = () => {};
    await rig.advance(60_000);
    expect(await rig.report()).toMatchObject({ status: { state: 'running' } });
  });
});

test('an actor that does not let go in time is given up instead of being doubled', async () => {
  const rig = await spawnOne((actor) => {
    actor.holdStop = new Promise(() => {});
  });
  rig.lastActor.fail(transient());
  await rig.settle();
  await rig.advance(10_000);
  await rig.advance(600_000);
  expect(rig.actors).toHaveLength(1);
  expect(await rig.report()).toMatchObject({ givenUp: true, status: { reason: expect.stringMatching(/^ERG_6010/) } });
});

test('the failure of one actor leaves the others alone', async () => {
  const rig = await spawnOne();
  await rig.command('spawn', { job: { kind: 'capture', capture: 'c' }, placeEpoch: 5 });
  const [sink, capture] = rig.actors;
  sink!.fail(transient());
  await awaitRestart(rig);
  expect(rig.actors).toHaveLength(3);
  expect(capture!.calls).toEqual(['start']);
});
