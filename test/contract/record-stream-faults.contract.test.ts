import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HeldClock, KafkaRig, numbers, until } from '../support/kafka-rig.ts';

let rig: KafkaRig;

beforeAll(async () => {
  rig = await KafkaRig.open();
});

afterEach(() => rig.stopStreams());
afterAll(() => rig.close());

describe('a record stream whose broker', () => {
  test('is killed and comes back goes on where it was, and its owner is not asked again', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 100);
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(100);
    await probed.stream.commit(40n, '');

    await rig.server.killHard();
    await until('it waits for Kafka', () => probed.waits.at(-1) !== undefined);
    await expect(probed.stream.commit(60n, '')).rejects.toMatchObject({ code: 'ERG_1205' });
    await rig.server.start();
    await until('it reads again', () => probed.waits.at(-1) === undefined);

    await rig.produceNumbers(topic, 100, 100);
    await probed.untilRecords(200);
    expect(probed.values).toEqual(numbers(0, 200));
    expect(probed.asked).toHaveLength(1);
    await probed.stream.commit(60n, '');
    expect(await rig.readCommitted(topic)).toBe('60');
  });

  test('stands still for eight seconds goes on where it was; meanwhile a stream stops within a second', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 50);
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(50);
    const stopped = await rig.startStream({ topic: await rig.createTopic() });

    const frozenMs = performance.now();
    rig.freeze();
    await stopped.stream.stop();
    expect(performance.now() - frozenMs).toBeLessThan(1_000);
    await until('it notices', () => probed.waits.at(-1) !== undefined, 7_000);
    await until('eight seconds', () => performance.now() - frozenMs > 8_000);
    rig.thaw();

    await until('it reads again', () => probed.waits.at(-1) === undefined, 10_000);
    await rig.produceNumbers(topic, 50, 50);
    await probed.untilRecords(100);
    expect(probed.values).toEqual(numbers(0, 100));
    expect(probed.ends).toEqual([]);
  });

  test('is dead from the beginning starts it when it comes, and can be stopped before', async () => {
    const topic = await rig.createTopic();
    await rig.server.killHard();
    const stopped = rig.openStream({ topic });
    const neverStarted = stopped.stream.start();
    const probed = rig.openStream({ topic });
    const started = probed.stream.start();
    await until('both wait', () => stopped.waits.length > 0 && probed.waits.length > 0);

    const beforeMs = performance.now();
    await stopped.stream.stop();
    expect(performance.now() - beforeMs).toBeLessThan(1_000);
    await expect(neverStarted).rejects.toMatchObject({ code: 'ERG_9001' });
    expect(stopped.ends).toEqual([]);

    await rig.server.start();
    await started;
    await rig.produceNumbers(topic, 0, 1);
    await probed.untilRecords(1);
  });
});

test('a record stream that was away while another committed ends instead of going on with what it knows', async () => {
  const topic = await rig.createTopic();
  await rig.produceNumbers(topic, 0, 10);
  const clock = new HeldClock();
  const probed = await rig.startStream({ topic, clock });
  await probed.untilRecords(10);
  await probed.stream.commit(3n, '');

  clock.hold();
  await rig.server.killHard();
  await until('it waits for Kafka', () => probed.waits.at(-1) !== undefined);
  await rig.server.start();
  const other = await rig.startStream({ topic, placeEpoch: 2 });
  await other.untilRecords(7);
  await other.stream.commit(8n, '');
  await other.stream.stop();
  clock.release();

  await until('the end', () => probed.ends.length > 0);
  expect(probed.endCode).toBe('ERG_1203');
  expect(probed.ends[0]?.message).toContain('committed offset 8');
  expect(probed.values).toEqual(numbers(0, 10));
});
