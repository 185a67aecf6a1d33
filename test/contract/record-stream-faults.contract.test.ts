import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HeldClock, KafkaRig, numbers, until } from '../support/kafka-rig.ts';

const ONE_BY_ONE = { concurrent: false };

/** Both parts mostly wait for a broker, each for its own: they run side by side. */
describe.concurrent('a record stream, while its broker or its process stands still or is not there', () => {
  const opened = openRig();

  test(
    'a record stream that is stopped at any moment of its start leaves nobody in the group',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
      const topic = await rig.createTopic();
      const groupId = `${topic}.group`;
      for (let afterMs = 0; afterMs < 200; afterMs += 20) {
        const { stream } = rig.openStream({ topic });
        const started = stream.start().catch(() => {});
        const startedMs = performance.now();
        await until('the moment', () => performance.now() - startedMs >= afterMs);
        await stream.stop();
        await started;
      }
      const { groups } = await rig.admin.describeGroups([groupId]);
      expect(groups.map(({ members }) => members)).toEqual([[]]);
    },
  );

  test(
    'of a topic that was created anew begins at its start, whatever was committed of the former one',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
      const topic = await rig.createTopic();
      await rig.produceNumbers(topic, 0, 10);
      const commitIn = async (topicEpoch: number, metadata: string) => {
        const probed = await rig.startStream({ topic, topicEpoch });
        await probed.untilRecords(10 - Number(probed.asked[0]?.committed?.offset ?? 0));
        await probed.stream.commit(6n, metadata);
        await probed.stream.stop();
        return probed.asked[0]?.committed;
      };
      expect(await commitIn(0, '0:1:2:3')).toBeUndefined();
      expect(await commitIn(1, '')).toEqual({ offset: 0n, metadata: '' });
      expect(await commitIn(1, '0:1:2:3')).toEqual({ offset: 6n, metadata: '' });
      const late = rig.openStream({ topic, topicEpoch: 0 });
      await expect(late.stream.start()).rejects.toMatchObject({ code: 'ERG_1218' });
      expect(late.records).toEqual([]);
    },
  );

  test(
    'whose broker stands still for eight seconds goes on where it was; meanwhile a stream stops within a second',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
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
    },
  );

  test(
    'whose broker is dead from the beginning starts it when it comes, and can be stopped before',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
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
    },
  );

  test(
    'a process that stood still while another took its partition over delivers nothing more and ends',
    ONE_BY_ONE,
    async ({ expect }) => {
      const { rig } = opened;
      const topic = await rig.createTopic();
      await rig.produceNumbers(topic, 0, 10);
      const lines: string[] = [];
      const child = launchStream(topic, rig.server.brokers, (line) => lines.push(line));
      try {
        await until('it has read', () => lines.includes('record 9'), 15_000);
        child.kill('SIGSTOP');
        const next = await rig.startStream({ topic, placeEpoch: 2 });
        await next.untilRecords(10);
        await next.stream.commit(10n, '');
        await rig.produceNumbers(topic, 10, 10);
        await next.untilRecords(20);

        child.kill('SIGCONT');
        await until('it ends', () => lines.some((line) => line.startsWith('ended')), 15_000);
        expect(lines).toEqual([...numbers(0, 10).map((number) => `record ${number}`), 'ended ERG_1203']);
        const tryCommit = () =>
          next.stream.commit(20n, '').then(
            () => 'done',
            (error: unknown) => error,
          );
        await expect.poll(tryCommit, { timeout: 10_000 }).toBe('done'); // the one that came back made the group rebalance
        expect(next.ends).toEqual([]);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});

describe.concurrent('a record stream, when its broker comes back', () => {
  const opened = openRig();

  test(
    'whose broker is killed and comes back goes on where it was, and its owner is not asked again',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
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
    },
  );

  test(
    'a batch that a disk has damaged ends the stream, and only what stands in front of it is delivered',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
      const topic = await rig.createTopic();
      await rig.producer.send({ topic, messages: [{ value: 'before' }] });
      await rig.producer.send({ topic, messages: [{ value: 'amount 100' }, { value: 'amount 200' }] });
      await rig.server.stop(); // properly: after a crash the broker itself would look at the batch, and drop it
      const file = join(rig.server.folder, 'data', `${topic}-0`, '00000000000000000000.log');
      const log = await readFile(file);
      log.write('9', log.indexOf('amount 200') + 'amount '.length);
      await writeFile(file, log);
      await rig.server.start();

      const probed = await rig.startStream({ topic });
      await until('the end', () => probed.ends.length > 0);
      expect(probed.endCode).toBe('ERG_1207');
      expect(probed.ends[0]?.message).toContain('offsets 1 to 2');
      expect(probed.values).toEqual(['before']);
    },
  );

  test(
    'a record stream that was away while another committed ends instead of going on with what it knows',
    ONE_BY_ONE,
    async () => {
      const { rig } = opened;
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
    },
  );
});

function openRig(): { readonly rig: KafkaRig } {
  let rig: KafkaRig;

  beforeAll(async () => {
    rig = await KafkaRig.open();
  });

  afterEach(() => rig.stopStreams());
  afterAll(() => rig.close());

  return {
    get rig() {
      return rig;
    },
  };
}

/** A stream in a process of its own, that can be stopped without stopping the test. */
function launchStream(topic: string, brokers: readonly string[], onLine: (line: string) => void): ChildProcess {
  const root = join(import.meta.dirname, '..', '..');
  const code = `
    const { KafkajsRecordStream } = await import(${JSON.stringify(join(root, 'actors/stream/kafkajs-record-stream.ts'))});
    const { systemClock } = await import(${JSON.stringify(join(root, 'protocol/clock.ts'))});
    const { silentLogger } = await import(${JSON.stringify(join(root, 'protocol/log/logger.ts'))});
    const stream = new KafkajsRecordStream({
      address: { brokers: ${JSON.stringify(brokers)}, clientId: 'ergate-child' },
      position: { topic: '${topic}', partition: 0, group: '${topic}.group' },
      placeEpoch: 1,
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      events: {
        onOwned: async (committed, range) => range.earliest,
        onRecords: (records) => records.forEach(({ value }) => console.log('record ' + value)),
        onEnded: ({ code }) => console.log('ended ' + code),
      },
    });
    await stream.start();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trimEnd().split('\n')) {
      onLine(line);
    }
  });
  return child;
}
