import type { KafkaMessage } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProducedRecord } from '../../actors/stream/change-producer.ts';
import { KafkajsChangeProducer } from '../../actors/stream/kafkajs-change-producer.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { KafkaChangeTopic } from '../../supervisor/recover/change-topic.ts';
import { KafkaRig, numbers, until } from '../support/kafka-rig.ts';

let rig: KafkaRig;
const producers: KafkajsChangeProducer[] = [];
const events: string[] = [];
const log: Logger = { event: (name) => events.push(name), child: () => log };

beforeAll(async () => {
  rig = await KafkaRig.open();
});

afterEach(() => Promise.all(producers.splice(0).map((producer) => producer.stop())));
afterAll(() => rig.close());

function createProducer(topic: string): KafkajsChangeProducer {
  const address = { brokers: rig.server.brokers, clientId: 'ergate-test' };
  const producer = new KafkajsChangeProducer({ address, topic, clock: systemClock, log });
  producers.push(producer);
  return producer;
}

async function startProducer(topic: string): Promise<KafkajsChangeProducer> {
  const producer = createProducer(topic);
  await producer.start();
  return producer;
}

function numbered(from: number, count: number, partitions = 1): ProducedRecord[] {
  return numbers(from, count).map((number) => ({
    key: `key-${number}`,
    value: Buffer.from(number),
    partition: Number(number) % partitions,
  }));
}

function valuesOf(messages: readonly KafkaMessage[] | undefined): readonly (string | undefined)[] {
  return (messages ?? []).map(({ value }) => value?.toString('utf8'));
}

describe('a change producer', () => {
  test('keeps the order of its records in each partition, within a call and from call to call', async () => {
    const topic = await rig.createTopic({}, 3);
    const producer = await startProducer(topic);
    await Promise.all([
      producer.send(numbered(0, 5_000, 3)),
      producer.send(numbered(5_000, 1, 3)),
      producer.send(numbered(5_001, 999, 3)),
    ]);
    const partitions = await rig.readAll(topic);
    for (const [partition, messages] of partitions.entries()) {
      const expected = numbered(0, 6_000, 3).filter((record) => record.partition === partition);
      expect(messages.map(({ key }) => key?.toString())).toEqual(expected.map(({ key }) => key));
      expect(valuesOf(messages)).toEqual(expected.map(({ value }) => value.toString()));
    }
  });

  test('resolves when the records are on the broker', async () => {
    const topic = await rig.createTopic();
    const producer = await startProducer(topic);
    await producer.send(numbered(0, 7));
    const [{ high } = { high: '' }] = await rig.admin.fetchTopicOffsets(topic);
    expect(high).toBe('7');
    await producer.send([]);
  });

  test('sends what is larger than one request takes, in parts', async () => {
    const topic = await rig.createTopic({ 'max.message.bytes': '1048588' });
    const producer = await startProducer(topic);
    const large = Array.from({ length: 12 }, (_, index) => ({
      key: String(index),
      value: Buffer.alloc(400_000, index),
      partition: 0,
    }));
    await producer.send(large);
    const [messages = []] = await rig.readAll(topic);
    expect(messages.map(({ key }) => key?.toString())).toEqual(numbers(0, 12));
  });

  test('finds out that a broker takes less, and loses and repeats nothing over it', async () => {
    const topic = await rig.createTopic({ 'max.message.bytes': '20000' }, 2);
    const producer = await startProducer(topic);
    const small = Array.from({ length: 5 }, (_, index) => ({
      key: `s${index}`,
      value: Buffer.alloc(10),
      partition: 1,
    }));
    const large = Array.from({ length: 9 }, (_, index) => ({
      key: String(index),
      value: Buffer.alloc(9_000),
      partition: 0,
    }));
    await producer.send([...small, ...large]);
    await producer.send(small);
    const [zero = [], one = []] = await rig.readAll(topic);
    expect(zero.map(({ key }) => key?.toString())).toEqual(numbers(0, 9));
    expect(one.map(({ key }) => key?.toString())).toEqual([...small, ...small].map(({ key }) => key));
  });

  test('stops at a record that the broker does not take: nothing behind it is written, now or later', async () => {
    const topic = await rig.createTopic({ 'max.message.bytes': '20000' });
    const producer = await startProducer(topic);
    const tooLarge = { key: 'large', value: Buffer.alloc(30_000), partition: 0 };
    const sending = producer.send([...numbered(0, 3), tooLarge, ...numbered(3, 3)]);
    const queued = producer.send(numbered(6, 1));
    await expect(sending).rejects.toMatchObject({ code: 'ERG_1210' });
    await expect(queued).rejects.toMatchObject({ code: 'ERG_1210' });
    await expect(producer.send(numbered(7, 1))).rejects.toMatchObject({ code: 'ERG_1210' });
    const [messages] = await rig.readAll(topic);
    expect(valuesOf(messages)).toEqual(numbers(0, 3).slice(0, messages?.length));
  });

  test('does not start without its topic', async () => {
    await expect(createProducer('no-such-topic').start()).rejects.toMatchObject({ code: 'ERG_1208' });
  });

  test('refuses a partition that the topic does not have', async () => {
    const topic = await rig.createTopic();
    const producer = await startProducer(topic);
    const record = { key: 'key', value: Buffer.from('1'), partition: 1 };
    const sending = producer.send([record]);
    sending.catch(() => {});
    await until('a retry', () => events.includes('stream.producer.retry'));
    await producer.stop();
    await expect(sending).rejects.toMatchObject({ code: 'ERG_9001' });
    const [messages] = await rig.readAll(topic);
    expect(messages).toEqual([]);
  });

  test('writes each record once and in order while the broker is killed and comes back', async () => {
    const topic = await rig.createTopic({}, 2);
    const producer = await startProducer(topic);
    let sent = 0;
    let isDone = false;
    const sending = (async () => {
      while (!isDone) {
        await producer.send(numbered(sent, 10, 2));
        sent += 10;
      }
    })();
    await until('some records', () => sent > 200);
    events.length = 0;
    await rig.server.killHard();
    await until('a retry', () => events.includes('stream.producer.retry'));
    await rig.server.start();
    const sentBefore = sent;
    await until('more records', () => sent > sentBefore + 200);
    isDone = true;
    await sending;

    const partitions = await rig.readAll(topic);
    for (const [partition, messages] of partitions.entries()) {
      const expected = numbers(0, sent).filter((number) => Number(number) % 2 === partition);
      expect(valuesOf(messages)).toEqual(expected);
    }
  });

  test('writes each record once while the broker stands still, longer than a request may take', async () => {
    const topic = await rig.createTopic();
    const producer = await startProducer(topic);
    await producer.send(numbered(0, 10));
    rig.freeze();
    const frozenMs = performance.now();
    const sending = producer.send(numbered(10, 10));
    await until('eight seconds', () => performance.now() - frozenMs > 8_000);
    rig.thaw();
    await sending;
    await producer.send(numbered(20, 10));
    const [messages] = await rig.readAll(topic);
    expect(valuesOf(messages)).toEqual(numbers(0, 30));
  });

  test('stops at once when the broker does not answer, and writes nothing afterwards', async () => {
    const topic = await rig.createTopic();
    const producer = await startProducer(topic);
    await producer.send(numbered(0, 1));
    rig.freeze();
    const sending = producer.send(numbered(1, 1));
    sending.catch(() => {});
    const beforeMs = performance.now();
    await producer.stop();
    await expect(sending).rejects.toMatchObject({ code: 'ERG_9001' });
    await expect(producer.send(numbered(2, 1))).rejects.toMatchObject({ code: 'ERG_9001' });
    expect(performance.now() - beforeMs).toBeLessThan(1_000);
    rig.thaw();
    const [messages] = await rig.readAll(topic);
    expect(valuesOf(messages)).not.toContain('2');
  });
});

test('where the records of a time begin is told of each partition, its end when there is none', async () => {
  const topic = await rig.createTopic({}, 2);
  const messages = [1_000, 2_000, 3_000].map((ms) => ({ partition: 1, value: 'x', timestamp: String(ms) }));
  await rig.producer.send({ topic, messages });
  const topicOf = new KafkaChangeTopic(
    { kafka: { brokers: [...rig.server.brokers], sessionTimeout: 6_000 }, environment: 'test' },
    topic,
  );
  const find = async (ms: number) => [...(await topicOf.findOffsets(ms))].toSorted(([one], [other]) => one - other);
  expect([await find(-5), await find(1_001), await find(3_001)]).toEqual([
    [
      [0, 0n],
      [1, 0n],
    ],
    [
      [0, 0n],
      [1, 1n],
    ],
    [
      [0, 0n],
      [1, 3n],
    ],
  ]);
  await topicOf.close();
});
