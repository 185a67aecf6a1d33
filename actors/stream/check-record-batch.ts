import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { crc32c } from './crc32c.ts';
import { BATCH, endOfBatch } from './record-batch-layout.ts';

/** None, gzip, snappy, lz4, zstd. */
const CODECS = 5;

/**
 * Compares the checksum of the batch at `start`, if all of it is there: the last one of a fetch is often cut off.
 *
 * @throws ReplicationError ERG_1207 when it was damaged on its way from the producer, on a disk or in a memory, or when it is
 * compressed in a way that is not known: the client would take the compressed bytes for records
 */
export function checkRecordBatch(bytes: Buffer, start: number): void {
  const end = endOfBatch(bytes, start);
  if (end === undefined) {
    return;
  }
  if (end < start + BATCH.recordsAt) {
    throw refuseBatch(bytes, start, 'is shorter than its head'); // the checksum of nothing is that of zeros
  }
  const expected = bytes.readUInt32BE(start + BATCH.checksumAt);
  const found = crc32c(bytes, start + BATCH.coveredAt, end);
  if (found !== expected) {
    throw refuseBatch(bytes, start, `is damaged: expected checksum ${expected}, found ${found}`);
  }
  const codec = bytes.readInt16BE(start + BATCH.attributesAt) & BATCH.codecMask;
  if (codec >= CODECS) {
    throw refuseBatch(
      bytes,
      start,
      `is compressed in an unknown way: expected a codec below ${CODECS}, found ${codec}`,
    );
  }
}

export function refuseBatch(bytes: Buffer, start: number, reason: string): ReplicationError {
  const first = bytes.readBigInt64BE(start);
  const last = first + BigInt(bytes.readInt32BE(start + BATCH.lastOffsetAt));
  return new ReplicationError('ERG_1207', `the batch of offsets ${first} to ${last} ${reason}`);
}
