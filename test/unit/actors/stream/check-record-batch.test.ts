import { describe, expect, test } from 'vitest';
import { checkRecordBatch } from '../../../../actors/stream/check-record-batch.ts';
import { crc32c } from '../../../../actors/stream/crc32c.ts';

describe('the CRC-32C', () => {
  const ascending = Buffer.from(Array.from({ length: 32 }, (_, byte) => byte));

  // RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
  test.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', ascending, 0x46dd794e],
    ['31 to 0', Buffer.from(ascending.toReversed()), 0x113fdb5c],
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s is the published one', (_, bytes, expected) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
    expect(crc32c(Buffer.concat([Buffer.from('front'), bytes, Buffer.from('behind')]), 5, 5 + bytes.length)).toBe(
      expected,
    );
  });
});

describe('a record batch', () => {
  /** Offsets 40 to 42, written by Apache Kafka's rules; the records in it are not looked at. */
  function buildBatch(codec = 0): Buffer {
    const batch = Buffer.alloc(80, 7);
    batch.writeInt16BE(0b111_1000 | codec, 21);
    batch.writeBigInt64BE(40n, 0);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(2, 23);
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
    return batch;
  }

  test('with its checksum is accepted', () => {
    expect(() => checkRecordBatch(buildBatch())).not.toThrow();
  });

  test.each([21, 60, 79])('is refused when a bit of byte %s has changed, by its offsets', (at) => {
    const batch = buildBatch();
    batch.writeUInt8(batch.readUInt8(at) ^ 1, at);
    expect(() => checkRecordBatch(batch)).toThrow('ERG_1207: the batch of offsets 40 to 42 is damaged');
  });

  test.each([0, 1, 2, 3, 4])('with codec %s is accepted', (codec) => {
    expect(() => checkRecordBatch(buildBatch(codec))).not.toThrow();
  });

  test.each([5, 6, 7])('with codec %s is refused: its bytes are no records', (codec) => {
    expect(() => checkRecordBatch(buildBatch(codec))).toThrow(
      'ERG_1207: the batch of offsets 40 to 42 is compressed in an unknown way',
    );
  });

  test('of zeros that ends within its head is refused: the checksum of nothing is that of zeros', () => {
    for (const length of [21, 60]) {
      expect(() => checkRecordBatch(Buffer.alloc(length))).toThrow(
        `ERG_1207: the batch of offset 0 is shorter than its head: ${length} bytes`,
      );
    }
  });
});
