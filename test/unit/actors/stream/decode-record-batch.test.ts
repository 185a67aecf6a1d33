import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BatchRecord,
  decodeRecordBatch,
  type FindCodecFunc,
} from '../../../../actors/stream/decode-record-batch.ts';
import { BATCH } from '../../../../actors/stream/record-batch-layout.ts';
import { propertySeed } from '../../../support/property-seed.ts';
import { aBatch, type BatchToEncode, bendBatch, encodeBatch } from './encode-batch.ts';

interface LibraryRecord extends Omit<BatchRecord, 'timestamp'> {
  readonly timestamp: string;
}

const requireFromHere = createRequire(import.meta.url);
const Decoder = requireFromHere('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const { lookupCodecByAttributes } = requireFromHere('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes: FindCodecFunc;
};
/** As it is without our overrides. */
const libraryDecode = requireFromHere('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<{ readonly records: readonly LibraryRecord[] }>;

const decode = (batch: Buffer) => decodeRecordBatch(batch, lookupCodecByAttributes);

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
  { freq: 5 },
);
const batches: fc.Arbitrary<BatchToEncode> = fc.record({
  firstOffset: fc.bigInt(0n, 2n ** 48n - 2n ** 31n),
  firstTimestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  maxTimestamp: fc.integer({ min: 1, max: 4_102_444_800_000 }),
  producerId: fc.bigInt(-1n, 2n ** 63n - 1n),
  isCompressed: fc.boolean(),
  attributes: fc.constantFrom(0, 0, BATCH.stampedMask, BATCH.controlMask),
  transactional: fc.boolean(),
  records: fc
    .array(
      fc.record({
        offsetDelta: fc.integer({ min: 1, max: 300 }),
        timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        key: bytes,
        value: bytes,
        headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), fc.string({ maxLength: 9 }), { maxKeys: 4 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((records) => {
      let offsetDelta = -1;
      return records.map((record) => {
        offsetDelta += record.offsetDelta; // a compacted topic has gaps
        return { ...record, offsetDelta };
      });
    }),
});

test('a batch has the records that the library finds in it', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (batch) => {
      const encoded = await encodeBatch(batch);
      const records = await decode(encoded);
      const expected = await libraryDecode(new Decoder(encoded));
      expect(records.map(({ timestamp, ...record }) => ({ ...record, timestamp: String(timestamp) }))).toEqual(
        expected.records.map(({ offset, timestamp, key, value, isControlRecord, batchContext }) => {
          const { producerId, inTransaction } = batchContext;
          return { offset, timestamp, key, value, isControlRecord, batchContext: { producerId, inTransaction } };
        }),
      );
    }),
    propertySeed(),
  );
});

test('a batch whose last records are compacted away ends where it ended before', async () => {
  const batch = bendBatch(await encodeBatch(aBatch), (bent) => bent.writeInt32BE(9, BATCH.lastOffsetAt));
  expect((await decode(batch)).map(({ offset, isControlRecord }) => ({ offset, isControlRecord }))).toEqual([
    { offset: '40', isControlRecord: false },
    { offset: '41', isControlRecord: false },
    { offset: '49', isControlRecord: true },
  ]);
});

test('headers are passed over, however many a record says it has', async () => {
  const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`h${at}`, 'x']));
  const records = aBatch.records.map((record) => ({ ...record, headers }));
  const decoded = await decode(await encodeBatch({ ...aBatch, records }));
  expect(decoded.map(({ offset, value }) => `${offset} ${value}`)).toEqual(['40 first', '41 second']);
});

test.each([3, 2 ** 31 - 1, -1])(
  'a batch that says it has %d records, and has two, is refused by its offsets',
  async (count) => {
    const batch = bendBatch(await encodeBatch(aBatch), (bent) => bent.writeInt32BE(count, BATCH.countAt));
    await expect(decode(batch)).rejects.toThrow(
      `ERG_1207: the batch of offsets 40 to 41 says that it has ${count} records`,
    );
  },
);

test.each([
  ['a record is longer than the batch', 0, 0xff],
  ['a value is longer than its record', 8, 0xfe],
])('a batch is refused when %s', async (_, at, byte) => {
  const batch = bendBatch(await encodeBatch(aBatch), (bent) => bent.writeUInt8(byte, BATCH.recordsAt + at));
  await expect(decode(batch)).rejects.toThrow('ERG_1207');
});
