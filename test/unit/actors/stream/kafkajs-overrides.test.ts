import { createRequire } from 'node:module';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { applyKafkajsOverrides } from '../../../../actors/stream/kafkajs-overrides.ts';
import { BATCH } from '../../../../actors/stream/record-batch-layout.ts';
import { aBatch, bendBatch, encodeBatch } from './encode-batch.ts';

const requireFromHere = createRequire(import.meta.url);
applyKafkajsOverrides();
const Decoder = requireFromHere('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeMessages = requireFromHere('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<readonly { readonly offset: string }[]>;

/** What one answer to a fetch has of a partition. */
function fetched(...batches: readonly Buffer[]): object {
  const bytes = Buffer.concat(batches);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return new Decoder(Buffer.concat([length, bytes]));
}

async function offsetsOf(...batches: readonly Buffer[]): Promise<readonly string[]> {
  return (await decodeMessages(fetched(...batches))).map(({ offset }) => offset);
}

const first = await encodeBatch(aBatch);
const second = await encodeBatch({ ...aBatch, firstOffset: 42n });
const damaged = Buffer.from(second);
damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);

test('the records of all batches of a fetch are delivered', async () => {
  expect(await offsetsOf(first, second)).toEqual(['40', '41', '42', '43']);
});

test('the last batch of a fetch may be cut off', async () => {
  expect(await offsetsOf(first, second.subarray(0, 70))).toEqual(['40', '41']);
});

test('a fetch that has nothing of a partition has no records', async () => {
  expect(await offsetsOf()).toEqual([]);
});

test.each([first.length - 1, 61, 60, 49, 48, 17, 16, 1])(
  'the first batch of a fetch is whole, or the fetch fails: %d bytes of one',
  async (length) => {
    await expect(offsetsOf(first.subarray(0, length))).rejects.toThrow(/^ERG_1207: .*cut off/);
  },
);

test('an answer that ends within what it says it has of a partition fails', async () => {
  const bytes = Buffer.concat([Buffer.alloc(4), first]);
  bytes.writeInt32BE(first.length + 1);
  await expect(decodeMessages(new Decoder(bytes))).rejects.toThrow(/^ERG_1207: .*cut off/);
});

test('a batch of an unknown format fails the fetch that begins with it', async () => {
  const unknown = Buffer.from(second);
  unknown.writeInt8(3, 16);
  expect(await offsetsOf(first, unknown)).toEqual(['40', '41']);
  await expect(offsetsOf(unknown)).rejects.toThrow('ERG_1207');
});

test.each([4, 0, -12, -(2 ** 31)])(
  'a batch that says that %d bytes follow fails the fetch: nobody would come past it',
  async (length) => {
    const short = Buffer.from(second);
    short.writeInt32BE(length, BATCH.lengthAt);
    expect(await offsetsOf(first, short)).toEqual(['40', '41']);
    await expect(offsetsOf(short)).rejects.toThrow('ERG_1207: the batch of offset 42 is shorter than its head');
  },
);

test('a batch whose records are all compacted away is passed over, to its last offset', async () => {
  const emptied = bendBatch(Buffer.from(second.subarray(0, BATCH.recordsAt)), (bent) => {
    bent.writeInt32BE(0, BATCH.countAt);
    bent.writeInt32BE(bent.length - BATCH.lengthEnd, BATCH.lengthAt);
  });
  const messages = await decodeMessages(fetched(emptied));
  expect(messages).toMatchObject([{ offset: '43', isControlRecord: true }]);
});

test('a batch of more records than a call takes arguments is read', async () => {
  const count = 300_000;
  const records = Array.from({ length: count }, (_, offsetDelta) => ({ ...aBatch.records[0]!, offsetDelta }));
  expect(await offsetsOf(await encodeBatch({ ...aBatch, records }))).toHaveLength(count);
});

/** As brokers before 0.11 keep them, and later ones where they have kept them. */
function oldMessage(magic: number, offset: bigint, value: Buffer | string, codec = 0): Buffer {
  const head = magic === 0 ? 2 : 10;
  const message = Buffer.alloc(16 + head + 4 + 4 + value.length);
  message.writeBigInt64BE(offset, 0);
  message.writeInt32BE(message.length - 12, 8);
  message.writeInt8(magic, 16);
  message.writeInt32BE(-1, 16 + head);
  message.writeInt32BE(value.length, 20 + head);
  message.writeInt8(codec, 17);
  Buffer.from(value).copy(message, 24 + head);
  message.writeUInt32BE(crc32(message.subarray(16)), 12);
  return message;
}

describe.each([0, 1])('messages of the old format %d', (magic) => {
  const one = oldMessage(magic, 7n, 'one');
  const two = oldMessage(magic, 8n, 'two');

  test('are read, also where batches follow; the last one of a fetch may be cut off', async () => {
    expect(await offsetsOf(one, two)).toEqual(['7', '8']);
    expect(await offsetsOf(one, two.subarray(0, -1))).toEqual(['7']);
    expect(await offsetsOf(one, two.subarray(0, 11))).toEqual(['7']);
    expect(await offsetsOf(one, first)).toEqual(['7', '40', '41']);
  });

  test.each([one.length - 1, 18, 17, 16, 11])('fail when the first one is cut off: %d bytes of it', async (length) => {
    await expect(offsetsOf(one.subarray(0, length))).rejects.toThrow(/^ERG_1207: .*cut off/);
  });

  test('are records without a transaction, and of format 0 without a time', async () => {
    expect(await decodeMessages(fetched(one))).toEqual([
      {
        offset: '7',
        timestamp: magic === 0 ? -1 : 0,
        key: null,
        value: Buffer.from('one'),
        isControlRecord: false,
        batchContext: { producerId: '-1', inTransaction: false },
      },
    ]);
  });

  test('are read where one holds them compressed, and fail when they end within one', async () => {
    const pack = (inner: Buffer) => oldMessage(magic, 8n, gzipSync(inner), 1);
    expect(await offsetsOf(pack(Buffer.concat([one, two])))).toEqual(['7', '8']);
    await expect(offsetsOf(pack(one.subarray(0, -1)))).rejects.toThrow('ERG_1207');
  });

  test('fail when the first one is damaged; what is in front of a damaged one is delivered', async () => {
    const bent = Buffer.from(two);
    bent.write('twe', bent.length - 3);
    expect(await offsetsOf(one, bent)).toEqual(['7']);
    await expect(offsetsOf(bent)).rejects.toThrow(/^ERG_1207: .*damaged/);
  });
});

test('what is in front of a damaged batch is delivered, and the fetch that begins with it fails', async () => {
  expect(await offsetsOf(first, damaged)).toEqual(['40', '41']);
  await expect(offsetsOf(damaged, first)).rejects.toThrow('ERG_1207: the batch of offsets 42 to 43 is damaged');
});
