import kafkajs from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { KafkaRig, numbers, until } from '../support/kafka-rig.ts';

let rig: KafkaRig;

beforeAll(async () => {
  rig = await KafkaRig.open();
});

afterEach(() => rig.stopStreams());
afterAll(() => rig.close());

describe('a record stream starts', () => {
  test('where its owner answers: at the earliest record or at the end', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 3);

    const earliest = await rig.startStream({ topic });
    await earliest.untilRecords(3);
    expect(earliest.asked).toEqual([{ committed: undefined, range: { earliest: 0n, end: 3n } }]);
    expect(earliest.records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n]);
    await earliest.stream.stop();

    const latest = await rig.startStream({ topic, onOwned: async (_committed, { end }) => end });
    await rig.produceNumbers(topic, 3, 1);
    await latest.untilRecords(1);
    expect(latest.values).toEqual(['3']);
  });

  test('with no record before the owner has answered', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 5);
    const answer = Promise.withResolvers<bigint>();
    const probed = rig.openStream({ topic, onOwned: () => answer.promise });
    const started = probed.stream.start();

    await until('the owner is asked', () => probed.asked.length > 0);
    await rig.produceNumbers(topic, 5, 1);
    expect(await probed.stream.readEndOffset()).toBe(6n);
    expect(probed.records).toEqual([]);

    answer.resolve(4n);
    await started;
    await probed.untilRecords(2);
    expect(probed.values).toEqual(['4', '5']);
  });

  test('at what was committed before, with its metadata', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 10);
    const first = await rig.startStream({ topic });
    await first.untilRecords(10);
    await first.stream.commit(6n, 'binlog.000001:120');
    await first.stream.stop();

    const second = await rig.startStream({ topic });
    await second.untilRecords(4);
    expect(second.asked[0]?.committed).toEqual({ offset: 6n, metadata: 'binlog.000001:120' });
    expect(second.values).toEqual(numbers(6, 4));
  });

  test('not at all when its owner refuses: it ends with that error', async () => {
    const topic = await rig.createTopic();
    const refusal = new ReplicationError('ERG_3402', 'no table');
    const probed = rig.openStream({ topic, onOwned: () => Promise.reject(refusal) });
    await expect(probed.stream.start()).rejects.toBe(refusal);
    expect(probed.ends).toEqual([refusal]);
  });

  test('when a missing topic is created, and says what it waits for until then', async () => {
    const probed = rig.openStream({ topic: 'created-late' });
    const started = probed.stream.start();
    await until('a reason', () => probed.waits.length > 0);
    expect(probed.waits[0]).toMatchObject({ code: 'ERG_1208' });

    await rig.admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'created-late', numPartitions: 1 }] });
    await started;
    expect(probed.waits.at(-1)).toBeUndefined();
  });
});

describe('a record stream commits', () => {
  test('nothing that it has not delivered', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 2);
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(2);
    await expect(probed.stream.commit(3n, '')).rejects.toMatchObject({ code: 'ERG_1213' });
    expect(await rig.readCommitted(topic)).toBe('-1');
  });

  test('nothing before it owns the partition, but says that it may be tried again', async () => {
    const topic = await rig.createTopic();
    const probed = rig.openStream({ topic });
    await expect(probed.stream.commit(0n, '')).rejects.toMatchObject({ code: 'ERG_1205' });
  });
});

describe('a partition', () => {
  test('moves to a higher place epoch within two seconds, and the former owner can commit no more', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 5);
    const former = await rig.startStream({ topic, placeEpoch: 7 });
    await former.untilRecords(5);
    await former.stream.commit(2n, '');

    const beforeMs = performance.now();
    const next = await rig.startStream({ topic, placeEpoch: 8 });
    await until('the former owner ends', () => former.ends.length > 0);
    expect(performance.now() - beforeMs).toBeLessThan(2_000);
    expect(former.endCode).toBe('ERG_1203');
    await expect(former.stream.commit(5n, '')).rejects.toMatchObject({ code: 'ERG_1203' });
    await next.untilRecords(3);
    expect(next.values).toEqual(numbers(2, 3));
    expect(await rig.readCommitted(topic)).toBe('2');
  });

  test('stays where it is when a lower place epoch comes: the owner repeats nothing and is not asked again', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 5);
    const owner = await rig.startStream({ topic, placeEpoch: 8 });
    await owner.untilRecords(5);

    const late = rig.openStream({ topic, placeEpoch: 7 });
    await expect(late.stream.start()).rejects.toMatchObject({ code: 'ERG_1203' });
    await rig.produceNumbers(topic, 5, 5);
    await owner.untilRecords(10);
    expect(owner.values).toEqual(numbers(0, 10));
    expect(owner.asked).toHaveLength(1);
    expect(late.records).toEqual([]);
  });

  test('has one owner when two come with the same place epoch', async () => {
    const topic = await rig.createTopic();
    const pair = [rig.openStream({ topic }), rig.openStream({ topic })];
    const starts = pair.map(({ stream }) => stream.start().catch(() => {}));
    await until('one of them ends', () => pair.some(({ ends }) => ends.length > 0));
    await Promise.all(starts);
    await rig.produceNumbers(topic, 0, 1);
    const winner = pair.find(({ ends }) => ends.length === 0);
    await winner?.untilRecords(1);
    expect(pair.map(({ endCode }) => endCode).sort()).toEqual(['ERG_1203', undefined]);
  });
});

describe('a paused record stream', () => {
  test('delivers nothing more, and after it everything', async () => {
    const topic = await rig.createTopic();
    const value = Buffer.alloc(1_000);
    for (let sent = 0; sent < 12_000; sent += 600) {
      await rig.producer.send({ topic, messages: Array.from({ length: 600 }, () => ({ value })) });
    }
    const probed = await rig.startStream({ topic, onRecords: ({ stream }) => stream.pause() });
    await until('a delivery', () => probed.deliveries === 1);
    const before = probed.records.length;
    expect(before).toBeLessThan(6_000);

    // Several fetches would have come and gone meanwhile.
    const waitedMs = performance.now() + 500;
    await until('half a second', () => performance.now() > waitedMs);
    expect(probed.deliveries).toBe(1);

    let resumed = 0;
    while (probed.records.length < 12_000) {
      resumed = probed.deliveries;
      probed.stream.resume();
      await until('the next delivery', () => probed.deliveries > resumed);
    }
    expect(probed.records.map(({ offset }) => Number(offset))).toEqual(numbers(0, 12_000).map(Number));
  });

  test('keeps its partition for longer than the session timeout', async () => {
    const topic = await rig.createTopic();
    const probed = await rig.startStream({ topic });
    const joins = probed.waits.length;
    probed.stream.pause();
    const pausedMs = performance.now();
    await until('more than the session', () => performance.now() - pausedMs > 7_000);

    await rig.produceNumbers(topic, 0, 1);
    probed.stream.resume();
    await probed.untilRecords(1);
    expect(probed.waits).toHaveLength(joins);
    await probed.stream.commit(1n, '');
    expect(await rig.readCommitted(topic)).toBe('1');
  });
});

describe('records that are gone', () => {
  test('in front of the committed offset are no start: ERG_1201 names them', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 10);
    const first = await rig.startStream({ topic });
    await first.untilRecords(10);
    await first.stream.commit(4n, '');
    await first.stream.stop();
    await rig.cutBefore(topic, 7);

    const second = rig.openStream({ topic });
    await expect(second.stream.start()).rejects.toMatchObject({
      code: 'ERG_1201',
      message: expect.stringContaining('offsets 4 to 6 are gone'),
    });
    expect(second.records).toEqual([]);
  });

  test('while it reads end it with ERG_1202, and nothing behind them is delivered', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 3);
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(3);
    probed.stream.pause();
    await rig.produceNumbers(topic, 3, 7);
    await rig.cutBefore(topic, 5);
    probed.stream.resume();

    await until('the end', () => probed.ends.length > 0);
    expect(probed.endCode).toBe('ERG_1202');
    expect(probed.ends[0]?.message).toContain('offsets 3 to 4 are gone; the broker holds 5 to 10');
    expect(probed.values).toEqual(numbers(0, 3));
    expect(await rig.readCommitted(topic)).toBe('-1');
  });

  test('with their topic, which was created anew, end it with ERG_1202', async () => {
    const topic = await rig.createTopic();
    await rig.produceNumbers(topic, 0, 3);
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(3);
    await rig.admin.deleteTopics({ topics: [topic] });
    await until('it waits for the topic', () => probed.waits.at(-1) !== undefined);
    await rig.admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });

    await until('the end', () => probed.ends.length > 0);
    expect(probed.ends[0]?.message).toContain('offset 3 lies behind the end 0');
    expect(probed.endCode).toBe('ERG_1202');
  });
});

describe('a record', () => {
  test('may be a tombstone, empty, or nearly as large as a broker takes', async () => {
    const topic = await rig.createTopic();
    const large = Buffer.alloc(900 * 1024, 'x');
    await rig.producer.send({
      topic,
      messages: [
        { key: 'a', value: null, timestamp: '1700000000123' },
        { key: '', value: '' },
        { key: null, value: large },
      ],
    });
    const probed = await rig.startStream({ topic });
    await probed.untilRecords(3);
    const [tombstone, empty, big] = probed.records;
    expect(tombstone).toEqual({ offset: 0n, key: Buffer.from('a'), value: null, timestampMs: 1_700_000_000_123 });
    expect(empty).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
    expect(big?.key).toBeNull();
    expect(big?.value?.equals(large)).toBe(true);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'is read as it was written, packed by the broker with %s',
    async (type) => {
      const topic = await rig.createTopic({ 'compression.type': type });
      const values = numbers(0, 300).map((number) => `${number} ${'ergate '.repeat(100)}${Math.sqrt(Number(number))}`);
      await rig.producer.send({ topic, messages: values.map((value) => ({ value })) });
      const probed = await rig.startStream({ topic });
      await probed.untilRecords(300);
      expect(probed.values).toEqual(values);
    },
  );

  test('is read when it is packed with snappy in one block without a frame', async () => {
    const topic = await rig.createTopic();
    const values = numbers(0, 100);
    const probed = await rig.startStream({ topic });
    await rig.producer.send({
      topic,
      compression: kafkajs.CompressionTypes.Snappy,
      messages: values.map((value) => ({ value })),
    });
    await probed.untilRecords(100);
    expect(probed.values).toEqual(values);
  });
});
