/**
 * What is bad about a record beside its value, or about the batch that it came in, from a real Kafka through a whole sink:
 * keys, headers, times, sizes, checksums, compression.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32c } from '../../actors/stream/crc32c.ts';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { KafkaRig, until } from '../support/kafka-rig.ts';
import { aRecord, buildSinkRig, inserted, type SinkRig } from '../support/sink-rig.ts';
import { aTarget, row } from '../support/sink-target.ts';

const MIB = 1024 * 1024;
const AROUND = 75;

let folder: string;
let server: MariadbServer;
let kafka: KafkaRig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-bad-kafka-'));
  [server, kafka] = await Promise.all([startMariadb({ folder, name: 'target' }), KafkaRig.open()]);
});

afterAll(async () => {
  await Promise.all([server.stop(), kafka.close()]);
  await rm(folder, { recursive: true, force: true });
});

type Target = Awaited<ReturnType<typeof aTarget>>;

const good = (id: number, more: Partial<Message> = {}): Message => ({
  ...aRecord('key', id, inserted(row(id, 'good'))),
  ...more,
});
const goodOnes = (from: number) => Array.from({ length: AROUND }, (_, index) => good(from + index));

/** The types of the client do not know headers of any name. */
const headersOf = (entries: readonly (readonly [string, string])[]) =>
  Object.fromEntries(entries) as Record<string, string>;
const manyHeaders = headersOf(Array.from({ length: 10_000 }, (_, at) => [`h${at}`, 'x'] as const));

/** Applied like any other. */
const ODD: readonly (readonly [what: string, more: Partial<Message>])[] = [
  ['B050: no key', { key: null }],
  ['B050: an empty key', { key: '' }],
  ['B051: a header named __proto__', { headers: headersOf([['__proto__', 'x']]) }],
  ['B051: 10,000 headers', { headers: manyHeaders }],
  ['B051: a header of 1 MiB', { headers: { large: 'x'.repeat(MIB) } }],
  ['B052: no time', { timestamp: '-1' }],
];

const REFUSED: readonly (readonly [what: string, message: Message, code: string])[] = [
  ['B001: no bytes', { key: 'key', value: '' }, 'ERG_1001'],
  ['B021: 12 MiB', { key: 'key', value: randomBytes(9 * MIB).toString('base64') }, 'ERG_1007'],
  ['B050: a key of 2 MiB', { key: 'k'.repeat(2 * MIB), value: 'hello' }, 'ERG_1002'],
];

/** B002. */
const TOMBSTONES: readonly Message[] = [
  { key: 'key', value: null },
  { key: null, value: null },
];

test('odd keys, headers, times and sizes are applied, refused or passed over one by one, and the same when read again', async () => {
  await using target = await aTarget(server);
  const topic = await kafka.createTopic({ 'compression.type': 'gzip', 'max.message.bytes': String(32 * MIB) });
  const odd = ODD.map(([, more], index) => good(200 + index, more));
  const others = [...odd, ...REFUSED.map(([, message]) => message), ...TOMBSTONES];
  await send(topic, goodOnes(1), ...others.map((message) => [message]), goodOnes(300));
  const end = 2 * AROUND + others.length;

  const read = async (placeEpoch: number) => {
    await using sink = openSink(target, topic, placeEpoch);
    await sink.actor.start();
    await untilCommitted(sink, end);
    expect(sink.actor.status()).toMatchObject({ state: 'running', reason: undefined });
    const { findings, tombstones, applied } = sink.detail().counts;
    expect({ findings, tombstones, applied }).toEqual({
      findings: REFUSED.length,
      tombstones: TOMBSTONES.length,
      applied: 2 * AROUND + ODD.length,
    });
    return { rows: await target.read(), findings: await readFindings(target) };
  };

  const first = await read(1);
  expect(first.rows).toHaveLength(2 * AROUND + ODD.length);
  const firstRefused = AROUND + ODD.length;
  expect(first.findings).toEqual(
    REFUSED.map(([, { key, value }, code], index) => ({
      offset: String(firstRefused + index),
      code,
      keyBytes: String(key?.length),
      valueBytes: String(value?.length),
    })),
  );
  await goTo(topic, 0n, 2);
  expect(await read(3)).toEqual(first);
});

test('B022: a record that is larger than a topic takes is refused by its broker, and those around it arrive', async () => {
  await using target = await aTarget(server);
  const topic = await kafka.createTopic({ 'max.message.bytes': String(MIB) });
  await send(topic, goodOnes(1));
  const large = send(topic, [{ key: 'key', value: randomBytes(2 * MIB) }]);
  await expect(large).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  await send(topic, goodOnes(300));

  await using sink = openSink(target, topic, 1);
  await sink.actor.start();
  await untilCommitted(sink, 2 * AROUND);
  expect(await target.read()).toHaveLength(2 * AROUND);
});

const BAD_BATCHES: readonly (readonly [what: string, bend: (batch: Buffer) => void, reason: string])[] = [
  ['damaged', (batch) => void batch.writeUInt8(batch.readUInt8(batch.length - 1) ^ 1, batch.length - 1), 'is damaged'],
  ['of a compression that is not known', (batch) => setCodec(batch, 5), 'in an unknown way'],
  ['compressed, and its bytes are not', (batch) => setCodec(batch, 1), 'unpack'],
  ['of a format that is not known', (batch) => void batch.writeInt8(3, 16), 'format'],
];

test('a batch that cannot be read stops the partition in front of it; whoever goes on behind it has all the others', async () => {
  const topics = await Promise.all(BAD_BATCHES.map(() => kafka.createTopic()));
  for (const topic of topics) {
    await send(topic, goodOnes(1), [good(200)], goodOnes(300));
  }
  for (const [index, topic] of topics.entries()) {
    await bendBatch(topic, BigInt(AROUND), BAD_BATCHES[index]![1]);
  }
  await Promise.all(topics.map((topic, index) => goOnBehindBatch(topic, BAD_BATCHES[index]![2])));
});

test('records that a broker says it has, and does not find in its file any more, are waited for, and it is told', async () => {
  const topic = await kafka.createTopic();
  await send(topic, goodOnes(1), [good(200)], goodOnes(300));
  await bendBatch(topic, BigInt(AROUND), (batch) => void batch.writeInt32BE(MIB, 8)); // longer than the file
  await using target = await aTarget(server);
  await using sink = openSink(target, topic, 1);
  await sink.actor.start();
  const withheld = `ERG_1220: ${topic}[0]: expected records from offset ${AROUND} to ${2 * AROUND}, got none`;
  await until('it is told', () => sink.actor.status().reason?.includes(withheld) === true);
  expect(sink.actor.status().state).toBe('waiting');
  await untilCommitted(sink, AROUND);
  expect(await target.read()).toHaveLength(AROUND);
});

async function goOnBehindBatch(topic: string, reason: string): Promise<void> {
  await using target = await aTarget(server);
  await using first = openSink(target, topic, 1);
  await first.actor.start();
  await until('it has ended', () => first.actor.status().state === 'failed');
  expect(first.actor.status().reason).toContain('ERG_1207');
  expect(first.actor.status().reason).toContain(`${topic}[0] cannot be read from offset ${AROUND}: `);
  expect(first.actor.status().reason).toContain(reason);
  expect(await target.read()).toHaveLength(AROUND);

  await goTo(topic, BigInt(AROUND + 1), 2);
  await using second = openSink(target, topic, 3);
  await second.actor.start();
  await untilCommitted(second, 2 * AROUND + 1);
  expect(await target.read()).toHaveLength(2 * AROUND);
}

/** The client would choose a partition by hashing the key, which takes it for ever when that is long. */
async function send(topic: string, ...batches: readonly (readonly Message[])[]): Promise<void> {
  for (const batch of batches) {
    await kafka.producer.send({ topic, messages: batch.map((message) => ({ partition: 0, ...message })) });
  }
}

/** As an operator sets the offset, but at once: the admin client takes five seconds for it. */
async function goTo(topic: string, offset: bigint, placeEpoch: number): Promise<void> {
  const { stream } = await kafka.startStream({ topic, placeEpoch, onOwned: async () => offset });
  await stream.commit(offset, '');
  await stream.stop();
}

function openSink(target: Target, topic: string, placeEpoch: number): SinkRig {
  const openStream = (events: RecordStreamEvents) =>
    new KafkajsRecordStream({
      address: { brokers: kafka.server.brokers, clientId: 'ergate-test' },
      position: { topic, partition: 0, group: `${topic}.group` },
      placeEpoch,
      sessionTimeoutMs: 6_000,
      clock: systemClock,
      random: () => 0,
      log: silentLogger,
      events,
    });
  return buildSinkRig({ ...target.options, placeEpoch, openStream });
}

function untilCommitted(sink: SinkRig, offset: number): Promise<void> {
  return until('everything is committed', () => sink.detail().committedOffset === String(offset));
}

// Layout of a batch: see check-record-batch.ts.
const BATCH_HEAD = 12;

/** In the file of the broker, in place: it answers fetches with the bytes of the file and does not look at them. */
async function bendBatch(topic: string, offset: bigint, bend: (batch: Buffer) => void): Promise<void> {
  const path = join(kafka.server.folder, 'data', `${topic}-0`, '00000000000000000000.log');
  await using file = await open(path, 'r+');
  const log = await file.readFile();
  let at = 0;
  while (log.readBigInt64BE(at) !== offset) {
    at += BATCH_HEAD + log.readInt32BE(at + 8);
  }
  const batch = log.subarray(at, at + BATCH_HEAD + log.readInt32BE(at + 8));
  bend(batch);
  await file.write(batch, 0, batch.length, at);
}

function setCodec(batch: Buffer, codec: number): void {
  batch.writeInt16BE(codec, 21);
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
}

async function readFindings({ sql, options }: Target): Promise<unknown> {
  const [found] = await sql.query(
    `SELECT CAST(offset_no AS CHAR) AS \`offset\`, MAX(code) AS code, CAST(SUM(LENGTH(record_key)) AS CHAR) AS keyBytes,
      CAST(SUM(LENGTH(record_value)) AS CHAR) AS valueBytes
      FROM ${options.stateSchema}.ergate_finding JOIN ${options.stateSchema}.ergate_finding_record
        USING (pipeline, topic, topic_epoch, partition_no, offset_no) GROUP BY offset_no ORDER BY MIN(offset_no)`,
  );
  return found;
}
